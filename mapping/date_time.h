// Dates and timestamps as numbers, from and to the text forms that replication sends (DateStyle
// ISO, TimeZone UTC).
//
// Source: PostgreSQL documentation, "Date/Time Types"; the Gregorian calendar is used for all
// years, as PostgreSQL does.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

// Days, and microseconds, since 2000-01-01, as PostgreSQL counts; the infinities are the ends of
// the range.
inline constexpr std::int64_t time_infinity = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t time_minus_infinity = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t microseconds_a_second = 1'000'000;
inline constexpr std::int64_t microseconds_a_minute = 60 * microseconds_a_second;
inline constexpr std::int64_t microseconds_an_hour = 60 * microseconds_a_minute;
inline constexpr std::int64_t microseconds_a_day = 24 * microseconds_an_hour;

// 4714-11-24 BC to 5874897-12-31, and to 294276-12-31 23:59:59.999999, as PostgreSQL has it.
inline constexpr std::int64_t date_min = -2'451'545;
inline constexpr std::int64_t date_max = 2'145'031'948;
inline constexpr std::int64_t timestamp_min = -211'813'488'000'000'000;
inline constexpr std::int64_t timestamp_max = 9'223'371'331'199'999'999;

inline bool is_infinite_time(std::int64_t value) {
  return value == time_infinity || value == time_minus_infinity;
}

// Microseconds since midnight.
std::int64_t clock_of(std::int64_t timestamp);

enum class Zone : std::uint8_t { none, wanted };

// None when the text is no such value. With a zone, the value is that in UTC.
std::optional<std::int64_t> read_date(std::string_view text);
std::optional<std::int64_t> read_timestamp(std::string_view text, Zone zone);

std::string write_date(std::int64_t days);
std::string write_timestamp(std::int64_t microseconds, Zone zone);

}  // namespace wakestream::mapping
