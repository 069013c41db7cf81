// The public topics of a pipeline, by name: of each banner `<family>.<banner>.change`, with all of
// its events in order, and `<family>.<banner>.<change>` for each event type `<family>.<change>`.
//
// A banner is what the source calls it, and a topic's name has letters, digits and a few signs
// only. So a banner is cleaned (clean_banner), unless the configuration gives its part of the name.
// Two banners must never share a topic: whose names meet is a problem that is told when the
// configuration is loaded, and nothing is published.
//
// Pure and immutable.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace wakestream::publish {

// A to Z in lower case; of whatever is no letter a to z, no digit, no '-' and no '_' one '-' for
// all that stand together, and none at the ends. So "Banner A (EU)" is "banner-a-eu". Empty when
// nothing is left.
std::string clean_banner(std::string_view banner);

// Where an event goes, all of it and by its type.
struct TopicPair {
  std::string change;
  std::string by_type;
};

class PublicTopics {
 public:
  // `banners` are the policy's, `types` the rules' event types ("customer.created"); `names` gives
  // some banners' part of a topic's name. All problems at once, each a sentence.
  static tl::expected<PublicTopics, std::vector<std::string>> make(
      const std::vector<std::string>& banners, const std::vector<std::string>& types,
      const std::map<std::string, std::string>& names);

  // None where the banner or the type is not one of them. Valid as long as this.
  const TopicPair* find(std::string_view banner, std::string_view type) const;
  // Every topic, once.
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, std::map<std::string, TopicPair, std::less<>>, std::less<>> by_banner_;
  std::vector<std::string> names_;
};

}  // namespace wakestream::publish
