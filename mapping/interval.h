// interval as numbers, from and to the text form that replication sends (IntervalStyle postgres).
//
// Months and days are kept apart from the time, since neither has a fixed length; to compare, a
// month is taken as 30 days and a day as 24 hours.
//
// Source: PostgreSQL documentation, "Date/Time Types": Interval Input, Interval Output.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

struct Interval {
  std::int64_t months = 0;  // months and days fit 32 bits
  std::int64_t days = 0;
  std::int64_t microseconds = 0;

  bool operator==(const Interval&) const = default;
};

// PostgreSQL has them from 17 on; the ends of the ranges.
inline constexpr Interval infinite_interval{std::numeric_limits<std::int32_t>::max(),
                                            std::numeric_limits<std::int32_t>::max(),
                                            std::numeric_limits<std::int64_t>::max()};
inline constexpr Interval minus_infinite_interval{std::numeric_limits<std::int32_t>::min(),
                                                  std::numeric_limits<std::int32_t>::min(),
                                                  std::numeric_limits<std::int64_t>::min()};
inline bool is_infinite(const Interval& interval) {
  return interval == infinite_interval || interval == minus_infinite_interval;
}

// Do months and days fit?
bool fits(const Interval& interval);

// "1 year 2 mons -3 days +04:05:06.7", and what a person may write that is the same under every
// IntervalStyle: units in any order, each once; one minus in front of several is not.
std::optional<Interval> read_interval(std::string_view text);

std::string write_interval(const Interval& interval);

// Of two texts as PostgreSQL writes them. One month is equal to thirty days.
std::optional<int> compare_intervals(std::string_view left, std::string_view right);

}  // namespace wakestream::mapping
