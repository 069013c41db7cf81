// The body of a request, as a recipe describes it.
//
// JSON is a tree and no text: what is the event's cannot end a string or add a member. A member
// whose field the event does not have is left out; so is an entry of a list. A text that is one
// field and nothing else becomes the field's own JSON: numbers stay numbers, to the last digit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emitters/http/text_template.h"

namespace wakestream::emitters {

struct JsonTemplate {
  enum class Kind : std::uint8_t {
    literal,
    text,
    object,
    list,
    items,  // of an envelope: where the items stand
  };
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

// What stands around the items of a batch: a tree in which ${items} is one value, once; of fields
// it may have ${id} alone, which is the batch's.
JsonTemplate read_envelope(const YAML::Node& node, const std::string& where,
                           yaml::YamlSection& section, yaml::Problems& problems);

std::string render(const BodyTemplate& body, const Attempt& attempt, Shown shown);
// As one item of a batch: JSON, and where it is the event, with its id.
std::string render_item(const BodyTemplate& body, const Attempt& attempt, Shown shown);
// `batch` is the whole of it, `items` its items as JSON.
std::string render_envelope(const JsonTemplate& envelope, const Attempt& batch,
                            std::string_view items, Shown shown);

// Does it need what only a single event has? A batch has an id.
bool names_one_event(const TextTemplate& text);
// Does an item tell this of its event?
bool item_holds(const BodyTemplate& body, const EventField& field);
// Empty when there is no body.
std::string_view content_type(const BodyTemplate& body);

}  // namespace wakestream::emitters
