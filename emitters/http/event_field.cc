#include "emitters/http/event_field.h"

#include <array>

#include "mapping/json_text.h"

namespace wakestream::emitters {

std::optional<EventField> EventField::parse(std::string_view text) {
  constexpr std::string_view in_data = "data.";
  constexpr std::array<std::string_view, 6> attributes{"id",      "type", "source",
                                                       "subject", "time", "sequence"};
  EventField field;
  field.name_ = text;
  for (std::size_t at = 0; at < attributes.size(); ++at) {
    if (text != attributes[at]) continue;
    field.part_ = static_cast<Part>(at);
    return field;
  }
  auto path =
      text.starts_with(in_data) ? JsonPath::parse(text.substr(in_data.size())) : std::nullopt;
  if (!path) return std::nullopt;
  field.path_ = std::move(*path);
  return field;
}

std::string_view EventField::attribute(const Attempt& attempt) const {
  switch (part_) {
    case Part::id:
      return attempt.webhook_id;
    case Part::type:
      return attempt.type;
    case Part::source:
      return attempt.source;
    case Part::subject:
      return attempt.subject;
    case Part::time:
      return attempt.time;
    case Part::sequence:
      return attempt.sequence;
    case Part::data:
      break;
  }
  return {};
}

std::optional<std::string> EventField::json(const Attempt& attempt) const {
  if (part_ == Part::data) {
    const auto value = path_.find(attempt.data);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  const auto value = attribute(attempt);
  if (value.empty()) return std::nullopt;
  std::string quoted;
  mapping::append_json_string(value, quoted);
  return quoted;
}

std::optional<std::string> EventField::text(const Attempt& attempt) const {
  if (part_ != Part::data) {
    const auto value = attribute(attempt);
    return value.empty() ? std::nullopt : std::optional<std::string>(value);
  }
  const auto value = path_.find(attempt.data);
  if (!value || *value == "null" || value->starts_with('{') || value->starts_with('['))
    return std::nullopt;
  return plain_text(*value);
}

}  // namespace wakestream::emitters
