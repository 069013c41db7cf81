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

std::optional<cdc::Lsn> lsn_of(std::string_view json, std::string_view name) {
  const auto text = text_of(json, name);
  return text ? cdc::parse_lsn(*text) : std::nullopt;
}

std::optional<std::string> unreadable(std::string_view json, std::string_view what,
                                      std::string_view format_version) {
  if (!mapping::is_json(json)) return fmt::format("{} is no JSON", what);
  if (member_of(json, "format_version") == format_version) return std::nullopt;
  return fmt::format("{} is not of format version {}: run the release that wrote it", what,
                     format_version);
}

std::string has_no(std::string_view what, std::string_view member, std::string_view wanted) {
  return fmt::format("{} has no \"{}\" that is {}", what, member, wanted);
}

}  // namespace wakestream::context
