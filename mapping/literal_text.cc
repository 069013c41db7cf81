#include "mapping/literal_text.h"

#include <fmt/format.h>

#include <optional>

#include "mapping/date_time.h"
#include "mapping/interval.h"
#include "mapping/numeric_text.h"
#include "mapping/scalar_text.h"

namespace wakestream::mapping {

namespace {

std::optional<std::string> read_uuid(std::string_view text) {
  constexpr std::string_view shape = "00000000-0000-0000-0000-000000000000";
  if (text.size() != shape.size()) return std::nullopt;
  auto out = in_lower_case(text);
  for (std::size_t at = 0; at < out.size(); ++at) {
    const auto letter = out[at];
    const bool hex = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
    if (shape[at] == '-' ? letter != '-' : !hex) return std::nullopt;
  }
  return out;
}

template <class Write>
std::optional<std::string> written(const std::optional<std::int64_t>& value, Write&& write) {
  return value ? std::optional(write(*value)) : std::nullopt;
}

}  // namespace

tl::expected<std::string, std::string> read_literal(const Type& type, std::string_view text) {
  std::optional<std::string> value;
  std::string wanted;
  if (&type == &types::numeric) {
    value = read_numeric(text);
    wanted = "1.5";
  } else if (&type == &types::date) {
    value = written(read_date(text), write_date);
    wanted = "2026-01-31, which does not hang on DateStyle";
  } else if (&type == &types::timestamp) {
    value = written(read_timestamp(text, Zone::none),
                    [](std::int64_t at) { return write_timestamp(at, Zone::none); });
    wanted = "2026-01-31 08:00:00, which does not hang on DateStyle";
  } else if (&type == &types::timestamptz) {
    value = written(read_timestamp(text, Zone::wanted),
                    [](std::int64_t at) { return write_timestamp(at, Zone::wanted); });
    wanted = "2026-01-31 08:00:00+00, which does not hang on TimeZone";
  } else if (&type == &types::interval) {
    const auto interval = read_interval(in_lower_case(text));
    if (interval && !is_infinite(*interval)) value = write_interval(*interval);
    wanted = "1 year 2 months -3 days +04:05:06, a sign at each part";
  } else if (&type == &types::uuid) {
    value = read_uuid(text);
    wanted = "123e4567-e89b-12d3-a456-426614174000";
  } else {
    return tl::unexpected(fmt::format(
        "rules have no literals of type {}: compare texts, new.x::text = '...'", type.name));
  }
  if (value) return *value;
  return tl::unexpected(
      fmt::format("this literal is taken as {}: write it like {}", type.name, wanted));
}

}  // namespace wakestream::mapping
