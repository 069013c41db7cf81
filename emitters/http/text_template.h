// A text of a recipe with things put in: `${data.email}` is the event's, `${env:NAME}` and
// `${file:PATH}` are secrets, read when the recipe is loaded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "emitters/emitter.h"
#include "emitters/http/event_field.h"
#include "keys/secret.h"
#include "yaml/section.h"

namespace wakestream::emitters {

// How what is the event's is written into the text.
enum class Spelling : std::uint8_t { as_it_is, percent };
// Is the text for the receiver, or for a person? Whoever looks sees *** for each secret.
enum class Shown : std::uint8_t { real, masked };

class TextTemplate {
 public:
  struct Part {
    enum class Kind : std::uint8_t { literal, secret, field };
    Kind kind = Kind::literal;
    std::string literal = {};
    keys::Secret secret = {};
    EventField field = {};
  };

  // `scalar` is a text of the recipe, `where` its name in problems.
  static TextTemplate read(const YAML::Node& scalar, const std::string& where,
                           yaml::YamlSection& section, yaml::Problems& problems);
  static TextTemplate literal(std::string text);

  // The text; or the name of the field that the event does not have.
  tl::expected<std::string, std::string> render(const Attempt& attempt, Spelling spelling,
                                                Shown shown) const;

  const std::vector<Part>& parts() const { return parts_; }
  bool empty() const { return parts_.empty(); }
  // Is it one field and nothing else?
  const EventField* only_field() const;
  // What stands before the first field.
  std::string fixed_start() const;
  bool has_field() const;

 private:
  std::vector<Part> parts_;
};

// A text in which a secret may stand and nothing of an event.
keys::Secret read_secret(yaml::YamlSection& section, const std::string& key,
                         const std::string& where, yaml::Problems& problems);

std::string percent_encoded(std::string_view text);

}  // namespace wakestream::emitters
