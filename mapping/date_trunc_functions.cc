#include "mapping/date_trunc_functions.h"

#include <array>
#include <cstdint>

#include "mapping/calendar.h"
#include "mapping/date_time.h"
#include "mapping/interval.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;
using Words = std::span<const std::string_view>;

// Intervals have all but the first.
enum class Cut : std::uint8_t {
  week,
  quarter,
  year,
  decade,
  century,
  millennium,
  month,
  day,
  hour,
  minute,
  second,
  milliseconds,
  microseconds,
};
constexpr std::array<std::string_view, 13> cut_words{
    "week", "quarter", "year",   "decade", "century",      "millennium",  "month",
    "day",  "hour",    "minute", "second", "milliseconds", "microseconds"};

// What is left of the time of a day, or of an interval.
std::int64_t cut_time(Cut cut, std::int64_t time) {
  switch (cut) {
    case Cut::hour:
      return time - time % microseconds_an_hour;
    case Cut::minute:
      return time - time % microseconds_a_minute;
    case Cut::second:
      return time - time % microseconds_a_second;
    case Cut::milliseconds:
      return time - time % 1'000;
    case Cut::microseconds:
      return time;
    default:
      return 0;
  }
}

std::int64_t cut_days(Cut cut, std::int64_t days) {
  const auto date = civil_of(days);
  switch (cut) {
    case Cut::week:
      return days - weekday_of(days) + 1;
    case Cut::quarter:
      return days_of({date.year, (date.month - 1) / 3 * 3 + 1, 1});
    case Cut::year:
      return days_of({date.year, 1, 1});
    case Cut::decade:
      return days_of({floor_quotient(date.year, 10) * 10, 1, 1});
    case Cut::century:
      return days_of({first_year_of_age(date.year, 100), 1, 1});
    case Cut::millennium:
      return days_of({first_year_of_age(date.year, 1'000), 1, 1});
    case Cut::month:
      return days_of({date.year, date.month, 1});
    default:
      return days;
  }
}

Value truncated_timestamp(Args args, TextArena& arena) {
  const auto cut = static_cast<Cut>(args[0].number);
  const auto at = read_timestamp(args[1].text, Zone::none);
  if (!at) return Value::failure(Problem::malformed_value);
  if (is_infinite_time(*at)) return args[1];
  const auto clock = clock_of(*at);
  const auto days = cut_days(cut, (*at - clock) / microseconds_a_day);
  const auto start = days * microseconds_a_day + cut_time(cut, clock);
  if (start < timestamp_min) return Value::failure(Problem::date_out_of_range);
  return Value::of_text(arena.keep(write_timestamp(start, Zone::none)));
}

std::int64_t months_of(Cut cut) {
  switch (cut) {
    case Cut::quarter:
      return 3;
    case Cut::year:
      return 12;
    case Cut::decade:
      return 120;
    case Cut::century:
      return 1'200;
    case Cut::millennium:
      return 12'000;
    default:
      return 1;
  }
}

Value truncated_interval(Args args, TextArena& arena) {
  const auto cut = static_cast<Cut>(args[0].number + 1);
  auto interval = read_interval(args[1].text);
  if (!interval) return Value::failure(Problem::malformed_value);
  if (is_infinite(*interval)) return args[1];
  interval->months -= interval->months % months_of(cut);
  if (cut < Cut::day) interval->days = 0;
  interval->microseconds = cut_time(cut, interval->microseconds);
  return Value::of_text(arena.keep(write_interval(*interval)));
}

constexpr std::array<std::string_view, 1> zones{"utc"};

template <Zone from, Zone to>
Value in_utc(Args args, TextArena& arena) {
  const auto at = read_timestamp(args[1].text, from);
  return at ? Value::of_text(arena.keep(write_timestamp(*at, to)))
            : Value::failure(Problem::malformed_value);
}

constexpr std::string_view stamp = "timestamp without time zone";
constexpr std::string_view zoned = "timestamp with time zone";
constexpr std::string_view text_stamp = "text,timestamp without time zone";
constexpr std::string_view text_zoned = "text,timestamp with time zone";

constexpr std::array functions{
    Function{"date_trunc", text_stamp, stamp, truncated_timestamp, true, false, cut_words},
    Function{"date_trunc", "text,interval", "interval", truncated_interval, false, false,
             Words(cut_words).subspan(1)},
    Function{"date_trunc", text_zoned, zoned, nullptr},
    Function{"timezone", text_zoned, stamp, in_utc<Zone::wanted, Zone::none>, false, false, zones},
    Function{"timezone", text_stamp, zoned, in_utc<Zone::none, Zone::wanted>, false, false, zones},
};

}  // namespace

std::span<const Function> date_trunc_functions() { return functions; }

}  // namespace wakestream::mapping
