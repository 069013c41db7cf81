#include "context/record_members.h"

#include <fmt/format.h>

#include "mapping/json_text.h"

namespace wakestream::context {

std::string_view member_of(std::string_view json, std::string_view name) {
  const auto found = mapping::json_member(json, fmt::format("\"{}\"", name));
  return found.outcome == mapping::JsonFound::Outcome::found ? found.value : std::string_view{};
}

std::optional<std::string> text_of(std::string_view json, std::string_view name) {
  std::string text;
  const auto member = member_of(json, name);
  if (!member.starts_with('"') || !mapping::append_unquoted(member, text)) return std::nullopt;
  return text;
}

}  // namespace wakestream::context
