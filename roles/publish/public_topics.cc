#include "roles/publish/public_topics.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wakestream::publish {

namespace {

// Kafka's limit.
constexpr std::size_t topic_name_size_max = 249;
// Names of the parent level's topics, and of the private ones.
constexpr std::string_view parent_level = "all";
constexpr std::string_view private_family = "wakestream";

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_topic_part(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

// Kafka's metrics have one name for topics that differ in '.' and '_' alone, and it refuses the
// second. Some file systems and people see no case.
std::string alike(std::string_view topic) {
  std::string text;
  for (const char c : topic) {
    if (c >= 'A' && c <= 'Z')
      text.push_back(static_cast<char>(c - 'A' + 'a'));
    else
      text.push_back(c == '.' ? '_' : c);
  }
  return text;
}

class Naming {
 public:
  // Whose each name is: of another one the names meet.
  void claim(const std::string& topic, const std::string& banner, const std::string& what) {
    if (topic.size() > topic_name_size_max)
      problem(
          fmt::format("the topic {} of banner \"{}\" has a name of {} characters, and {} is the "
                      "most: give the banner a shorter one in publish.topic_names",
                      topic, banner, topic.size(), topic_name_size_max));
    const std::pair owner{banner, what};
    const auto [known, is_new] = owners_.emplace(alike(topic), owner);
    if (is_new) {
      names_.push_back(topic);
      return;
    }
    if (known->second == owner) return;
    problem(
        fmt::format("{} of banner \"{}\" and {} of banner \"{}\" would share the topic {}: give "
                    "one of the banners another name in publish.topic_names",
                    known->second.second, known->second.first, what, banner, topic));
  }
  void problem(std::string sentence) { problems_.push_back(std::move(sentence)); }

  std::vector<std::string> take_problems() { return std::move(problems_); }
  std::vector<std::string> take_names() { return std::move(names_); }

 private:
  std::map<std::string, std::pair<std::string, std::string>> owners_;
  std::vector<std::string> names_;
  std::vector<std::string> problems_;
};

// Empty where there is none, which was told.
std::string part_of(const std::string& banner, const std::map<std::string, std::string>& names,
                    Naming& naming) {
  const auto given = names.find(banner);
  auto part = given == names.end() ? clean_banner(banner) : given->second;
  if (!is_topic_part(part)) {
    naming.problem(
        fmt::format("banner \"{}\" has no name for its topics: give it one of letters, "
                    "digits, '-' and '_' in publish.topic_names",
                    banner));
    return {};
  }
  if (alike(part) == parent_level) {
    naming.problem(
        fmt::format("banner \"{}\": topics of the name \"{}\" are the parent level's: "
                    "give it another one in publish.topic_names",
                    banner, part));
    return {};
  }
  return part;
}

}  // namespace

std::string clean_banner(std::string_view banner) {
  std::string cleaned;
  for (char c : banner) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_letter_or_digit(c) || c == '-' || c == '_')
      cleaned.push_back(c);
    else if (!cleaned.empty() && cleaned.back() != '-')
      cleaned.push_back('-');
  }
  while (!cleaned.empty() && cleaned.back() == '-') cleaned.pop_back();
  return cleaned;
}

tl::expected<PublicTopics, std::vector<std::string>> PublicTopics::make(
    const std::vector<std::string>& banners, const std::vector<std::string>& types,
    const std::map<std::string, std::string>& names) {
  PublicTopics topics;
  Naming naming;
  for (const auto& [banner, part] : names) {
    if (std::find(banners.begin(), banners.end(), banner) == banners.end())
      naming.problem(fmt::format(
          "publish.topic_names: the policy has no banner \"{}\" (topics of \"{}\")", banner, part));
  }
  for (const auto& type : types) {
    if (type.starts_with(std::string(private_family) + "."))
      naming.problem(fmt::format(
          "events of type {} have no public topics: those of this family are private ones", type));
  }
  for (const auto& banner : banners) {
    const auto part = part_of(banner, names, naming);
    if (part.empty()) continue;
    for (const auto& type : types) {
      const auto dot = std::min(type.find('.'), type.size());
      const auto family = type.substr(0, dot);
      const auto change = type.substr(std::min(dot + 1, type.size()));
      TopicPair pair{fmt::format("{}.{}.change", family, part),
                     fmt::format("{}.{}.{}", family, part, change)};
      naming.claim(pair.change, banner, "all events");
      naming.claim(pair.by_type, banner, "events of type " + type);
      topics.by_banner_[banner].emplace(type, std::move(pair));
    }
  }
  if (auto problems = naming.take_problems(); !problems.empty())
    return tl::make_unexpected(std::move(problems));
  topics.names_ = naming.take_names();
  return topics;
}

const TopicPair* PublicTopics::find(std::string_view banner, std::string_view type) const {
  const auto of_banner = by_banner_.find(banner);
  if (of_banner == by_banner_.end()) return nullptr;
  const auto pair = of_banner->second.find(type);
  return pair == of_banner->second.end() ? nullptr : &pair->second;
}

}  // namespace wakestream::publish
