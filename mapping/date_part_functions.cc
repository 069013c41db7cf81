#include "mapping/date_part_functions.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include "mapping/calendar.h"
#include "mapping/date_time.h"
#include "mapping/interval.h"
#include "mapping/numeric_arithmetic.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;
using Words = std::span<const std::string_view>;

// In this order, dates have the first ones, intervals the last ones, and timestamps all.
enum class Part : std::uint8_t {
  quarter,
  week,
  isoyear,
  dow,
  isodow,
  doy,
  julian,
  year,
  decade,
  century,
  millennium,
  month,
  day,
  epoch,
  hour,
  minute,
  second,
  milliseconds,
  microseconds,
};
constexpr std::array<std::string_view, 19> part_words{
    "quarter", "week",   "isoyear", "dow",          "isodow",      "doy", "julian",
    "year",    "decade", "century", "millennium",   "month",       "day", "epoch",
    "hour",    "minute", "second",  "milliseconds", "microseconds"};
constexpr auto first_of_interval = static_cast<std::size_t>(Part::year);
constexpr auto first_of_time = static_cast<std::size_t>(Part::hour);
constexpr auto of_date = Words(part_words).first(first_of_time);
constexpr auto of_timestamp = Words(part_words);
constexpr auto of_interval = Words(part_words).subspan(first_of_interval);

// From 1970-01-01, and from Julian day 0, to 2000-01-01.
constexpr std::int64_t epoch_days = 10'957;
constexpr std::int64_t julian_days = 2'451'545;

Value malformed() { return Value::failure(Problem::malformed_value); }

// What grows without end is infinite where the moment is; what comes round again is NULL.
Value of_infinity(Part part, bool positive) {
  switch (part) {
    case Part::isoyear:
    case Part::julian:
    case Part::year:
    case Part::decade:
    case Part::century:
    case Part::millennium:
    case Part::epoch:
      return Value::of_text(positive ? "Infinity" : "-Infinity");
    default:
      return Value::null();
  }
}

// There is no year 0, in front of 1 stands -1.
std::int64_t without_zero(std::int64_t year) { return year > 0 ? year : year - 1; }

std::int64_t part_of_days(Part part, std::int64_t days) {
  const auto date = civil_of(days);
  switch (part) {
    case Part::quarter:
      return (date.month - 1) / 3 + 1;
    case Part::week:
      return (day_of_year(thursday_of(days)) - 1) / 7 + 1;
    case Part::isoyear:
      return without_zero(civil_of(thursday_of(days)).year);
    case Part::dow:
      return weekday_of(days) % 7;
    case Part::isodow:
      return weekday_of(days);
    case Part::doy:
      return day_of_year(days);
    case Part::julian:
      return days + julian_days;
    case Part::year:
      return without_zero(date.year);
    case Part::decade:
      return floor_quotient(date.year, 10);
    case Part::century:
      return age_of(date.year, 100);
    case Part::millennium:
      return age_of(date.year, 1'000);
    case Part::month:
      return date.month;
    case Part::day:
      return date.day;
    default:
      return (days + epoch_days) * 86'400;
  }
}

Value part_of_time(Part part, std::int64_t time, TextArena& arena) {
  switch (part) {
    case Part::hour:
      return numeric_of(time / microseconds_an_hour, 0, arena);
    case Part::minute:
      return numeric_of(time / microseconds_a_minute % 60, 0, arena);
    case Part::second:
      return numeric_of(time % microseconds_a_minute, 6, arena);
    case Part::milliseconds:
      return numeric_of(time % microseconds_a_minute, 3, arena);
    default:
      return numeric_of(time % microseconds_a_minute, 0, arena);
  }
}

// Seconds with six digits behind the point. What does not fit 64 bits PostgreSQL divides as
// numerics, and so keeps fewer.
constexpr std::string_view a_million = "1000000";

Value epoch_of_timestamp(std::int64_t at, TextArena& arena) {
  const auto units = Int128{at} + epoch_days * microseconds_a_day;
  if (units < std::numeric_limits<std::int64_t>::max()) return numeric_of(units, 6, arena);
  const auto seconds = numeric_quotient(numeric_of(units, 0, arena).text, a_million, arena);
  return numeric_rounded(seconds.text, 6, Rounding::half_away, arena);
}

// A year has 365 days and a quarter, a month 30 days.
Value epoch_of_interval(const Interval& interval, TextArena& arena) {
  const auto quarter_days =
      interval.months / 12 * (4 * 365 + 1) + (interval.months % 12 * 30 + interval.days) * 4;
  const auto seconds = quarter_days * (microseconds_a_day / microseconds_a_second / 4);
  std::int64_t units = 0;
  if (!__builtin_mul_overflow(seconds, microseconds_a_second, &units) &&
      !__builtin_add_overflow(units, interval.microseconds, &units))
    return numeric_of(units, 6, arena);
  const auto of_time = numeric_quotient(std::to_string(interval.microseconds), a_million, arena);
  const auto sum = numeric_sum(of_time.text, std::to_string(seconds), arena);
  return numeric_rounded(sum.text, 6, Rounding::half_away, arena);
}

Value part_of_date(Args args, TextArena& arena) {
  const auto part = static_cast<Part>(args[0].number);
  const auto days = read_date(args[1].text);
  if (!days) return malformed();
  if (is_infinite_time(*days)) return of_infinity(part, *days > 0);
  return numeric_of(part_of_days(part, *days), 0, arena);
}

Value part_of_timestamp(Args args, TextArena& arena) {
  const auto part = static_cast<Part>(args[0].number);
  const auto at = read_timestamp(args[1].text, Zone::none);
  if (!at) return malformed();
  if (is_infinite_time(*at)) return of_infinity(part, *at > 0);
  if (part == Part::epoch) return epoch_of_timestamp(*at, arena);
  const auto clock = clock_of(*at);
  if (args[0].number >= static_cast<std::int64_t>(first_of_time))
    return part_of_time(part, clock, arena);
  const auto whole = part_of_days(part, (*at - clock) / microseconds_a_day);
  if (part != Part::julian) return numeric_of(whole, 0, arena);
  const auto fraction =
      numeric_quotient(std::to_string(clock), std::to_string(microseconds_a_day), arena);
  return numeric_sum(std::to_string(whole), fraction.text, arena);
}

Value part_of_interval(Args args, TextArena& arena) {
  const auto part =
      static_cast<Part>(args[0].number + static_cast<std::int64_t>(first_of_interval));
  const auto interval = read_interval(args[1].text);
  if (!interval) return malformed();
  if (is_infinite(*interval)) {
    const bool grows = part == Part::day || part == Part::hour;
    const bool positive = interval->months > 0;
    return grows ? Value::of_text(positive ? "Infinity" : "-Infinity")
                 : of_infinity(part, positive);
  }
  const auto years = interval->months / 12;
  const auto months = interval->months % 12;
  switch (part) {
    case Part::year:
      return numeric_of(years, 0, arena);
    case Part::decade:
      return numeric_of(years / 10, 0, arena);
    case Part::century:
      return numeric_of(years / 100, 0, arena);
    case Part::millennium:
      return numeric_of(years / 1'000, 0, arena);
    case Part::month:
      return numeric_of(months, 0, arena);
    case Part::day:
      return numeric_of(interval->days, 0, arena);
    case Part::epoch:
      return epoch_of_interval(*interval, arena);
    default:
      return part_of_time(part, interval->microseconds, arena);
  }
}

constexpr std::array functions{
    Function{"extract", "text,date", "numeric", part_of_date, false, false, of_date},
    Function{"extract", "text,timestamp without time zone", "numeric", part_of_timestamp, false,
             false, of_timestamp},
    Function{"extract", "text,interval", "numeric", part_of_interval, false, false, of_interval},
    Function{"extract", "text,timestamp with time zone", "numeric", nullptr},
};

}  // namespace

std::span<const Function> date_part_functions() { return functions; }

}  // namespace wakestream::mapping
