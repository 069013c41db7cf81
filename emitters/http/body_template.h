// The body of a request, as a recipe describes it.
//
// JSON is a tree and no text: what is the event's cannot end a string or add a member. A member
// whose field the event does not have is left out; so is an entry of a list. A text that is one
// field and nothing else becomes the field's own JSON: numbers stay numbers, to the last digit.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "emitters/http/text_template.h"

namespace wakestream::emitters {

struct JsonTemplate {
  enum class Kind : std::uint8_t { literal, text, object, list };
  Kind kind = Kind::literal;
  std::string literal = "null";  // as JSON
  TextTemplate text = {};
  std::vector<std::pair<std::string, JsonTemplate>> members = {};  // names as JSON writes them
  std::vector<JsonTemplate> entries = {};
};

struct BodyTemplate {
  enum class Kind : std::uint8_t {
    event,  // {"type", "timestamp", "subject", "sequence", "data"}
    data,   // the event's payload alone
    json,
    form,  // application/x-www-form-urlencoded
    none,
  };
  Kind kind = Kind::event;
  JsonTemplate json = {};
  std::vector<std::pair<std::string, TextTemplate>> form = {};
};

BodyTemplate read_body(const YAML::Node& node, yaml::YamlSection& section,
                       yaml::Problems& problems);

std::string render(const BodyTemplate& body, const Attempt& attempt, Shown shown);
// Empty when there is no body.
std::string_view content_type(const BodyTemplate& body);

}  // namespace wakestream::emitters
