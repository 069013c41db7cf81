#include "mapping/interval_functions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

#include "mapping/calendar.h"
#include "mapping/date_time.h"
#include "mapping/interval.h"

namespace wakestream::mapping {

namespace {

using Args = std::span<const Value>;

Value out_of_range() { return Value::failure(Problem::date_out_of_range); }
Value malformed() { return Value::failure(Problem::malformed_value); }

Value of_interval(const Interval& interval, TextArena& arena) {
  return Value::of_text(arena.keep(write_interval(interval)));
}

// None where a part does not fit: what does not, or an infinity without its opposite, is out of
// range.
std::optional<Interval> opposite(const Interval& interval) {
  if (interval == infinite_interval) return minus_infinite_interval;
  if (interval == minus_infinite_interval) return infinite_interval;
  Interval result{-interval.months, -interval.days, 0};
  if (__builtin_sub_overflow(std::int64_t{0}, interval.microseconds, &result.microseconds) ||
      !fits(result))
    return std::nullopt;
  return result;
}

std::optional<Interval> sum(const Interval& left, const Interval& right) {
  if (is_infinite(left) || is_infinite(right)) {
    const bool opposed = is_infinite(left) && is_infinite(right) && left != right;
    if (opposed) return std::nullopt;
    return is_infinite(left) ? left : right;
  }
  Interval result{left.months + right.months, left.days + right.days, 0};
  if (__builtin_add_overflow(left.microseconds, right.microseconds, &result.microseconds) ||
      !fits(result) || is_infinite(result))
    return std::nullopt;
  return result;
}

Value checked(const std::optional<Interval>& interval, TextArena& arena) {
  return interval ? of_interval(*interval, arena) : out_of_range();
}

Value add(Args args, TextArena& arena) {
  const auto left = read_interval(args[0].text);
  const auto right = read_interval(args[1].text);
  if (!left || !right) return malformed();
  return checked(sum(*left, *right), arena);
}

Value subtract(Args args, TextArena& arena) {
  const auto left = read_interval(args[0].text);
  const auto right = read_interval(args[1].text);
  if (!left || !right) return malformed();
  const auto other = opposite(*right);
  return other ? checked(sum(*left, *other), arena) : out_of_range();
}

Value negate(Args args, TextArena& arena) {
  const auto interval = read_interval(args[0].text);
  if (!interval) return malformed();
  return checked(opposite(*interval), arena);
}

// PostgreSQL multiplies in floating point, and so rounds a long time as it does.
Value multiplied(const Value& given, std::int64_t factor, TextArena& arena) {
  const auto interval = read_interval(given.text);
  if (!interval) return malformed();
  const auto by = static_cast<double>(factor);
  if (is_infinite(*interval)) {
    if (factor == 0) return out_of_range();
    return factor > 0 ? given : checked(opposite(*interval), arena);
  }
  const auto months = static_cast<double>(interval->months) * by;
  const auto days = static_cast<double>(interval->days) * by;
  const auto time = std::rint(static_cast<double>(interval->microseconds) * by);
  constexpr double limit_32 = 2'147'483'648.0;
  constexpr double limit_64 = 9'223'372'036'854'775'808.0;
  if (std::abs(months) > limit_32 || std::abs(days) > limit_32 || time >= limit_64 ||
      time < -limit_64)
    return out_of_range();
  const Interval result{static_cast<std::int64_t>(months), static_cast<std::int64_t>(days),
                        static_cast<std::int64_t>(time)};
  return fits(result) && !is_infinite(result) ? of_interval(result, arena) : out_of_range();
}

Value multiply(Args args, TextArena& arena) { return multiplied(args[0], args[1].number, arena); }
Value multiply_by(Args args, TextArena& arena) {
  return multiplied(args[1], args[0].number, arena);
}

bool is_timestamp(std::int64_t value) { return value >= timestamp_min && value <= timestamp_max; }

std::optional<std::int64_t> months_later(std::int64_t at, std::int64_t months) {
  const auto clock = clock_of(at);
  auto date = civil_of((at - clock) / microseconds_a_day);
  const auto month = date.year * 12 + date.month - 1 + months;
  date.year = month >= 0 ? month / 12 : -((11 - month) / 12);
  date.month = month - date.year * 12 + 1;
  date.day = std::min(date.day, days_of_month(date.year, date.month));
  const auto days = days_of(date);
  if (days < date_min || days > timestamp_max / microseconds_a_day) return std::nullopt;
  return days * microseconds_a_day + clock;
}

std::optional<std::int64_t> moved(std::int64_t at, const Interval& by) {
  if (by.months != 0) {
    const auto later = months_later(at, by.months);
    if (!later || !is_timestamp(*later)) return std::nullopt;
    at = *later;
  }
  std::int64_t days = 0;
  if (__builtin_mul_overflow(by.days, microseconds_a_day, &days) ||
      __builtin_add_overflow(at, days, &at) || !is_timestamp(at) ||
      __builtin_add_overflow(at, by.microseconds, &at) || !is_timestamp(at))
    return std::nullopt;
  return at;
}

Value moment_moved(std::optional<std::int64_t> at, std::optional<Interval> by, bool back,
                   TextArena& arena) {
  if (!at || !by) return malformed();
  if (back) by = opposite(*by);
  if (!by) return out_of_range();
  if (is_infinite(*by)) {
    const auto end = *by == infinite_interval ? time_infinity : time_minus_infinity;
    if (is_infinite_time(*at) && *at != end) return out_of_range();
    at = end;
  } else if (!is_infinite_time(*at)) {
    at = moved(*at, *by);
  }
  if (!at) return out_of_range();
  return Value::of_text(arena.keep(write_timestamp(*at, Zone::none)));
}

std::optional<std::int64_t> timestamp_in(const Value& value) {
  return read_timestamp(value.text, Zone::none);
}

Value timestamp_plus(Args args, TextArena& arena) {
  return moment_moved(timestamp_in(args[0]), read_interval(args[1].text), false, arena);
}
Value timestamp_minus(Args args, TextArena& arena) {
  return moment_moved(timestamp_in(args[0]), read_interval(args[1].text), true, arena);
}

Value date_moved(const Value& date, const Value& by, bool back, TextArena& arena) {
  auto days = read_date(date.text);
  if (!days) return malformed();
  if (!is_infinite_time(*days)) {
    if (*days > timestamp_max / microseconds_a_day) return out_of_range();
    *days *= microseconds_a_day;
  }
  return moment_moved(days, read_interval(by.text), back, arena);
}

Value date_plus(Args args, TextArena& arena) { return date_moved(args[0], args[1], false, arena); }
Value date_minus(Args args, TextArena& arena) { return date_moved(args[0], args[1], true, arena); }

// Of infinities no version of PostgreSQL before 17 gives one, and they stay an error here.
template <Zone zone>
Value between(Args args, TextArena& arena) {
  const auto left = read_timestamp(args[0].text, zone);
  const auto right = read_timestamp(args[1].text, zone);
  if (!left || !right) return malformed();
  std::int64_t time = 0;
  if (is_infinite_time(*left) || is_infinite_time(*right) ||
      __builtin_sub_overflow(*left, *right, &time))
    return out_of_range();
  return of_interval({0, time / microseconds_a_day, time % microseconds_a_day}, arena);
}

constexpr std::string_view interval = "interval";
constexpr std::string_view stamp = "timestamp without time zone";
constexpr std::string_view two_zoned = "timestamp with time zone,timestamp with time zone";

constexpr std::array functions{
    Function{"+", "interval,interval", interval, add, true},
    Function{"-", "interval,interval", interval, subtract, true},
    Function{"-", "interval", interval, negate, true},
    Function{"*", "interval,smallint", interval, multiply, true},
    Function{"*", "interval,integer", interval, multiply, true},
    Function{"*", "interval,bigint", interval, multiply, true},
    Function{"*", "smallint,interval", interval, multiply_by, true},
    Function{"*", "integer,interval", interval, multiply_by, true},
    Function{"*", "bigint,interval", interval, multiply_by, true},
    Function{"+", "timestamp without time zone,interval", stamp, timestamp_plus, true},
    Function{
        "+", "interval,timestamp without time zone", stamp, timestamp_plus, true, false, {}, true},
    Function{"-", "timestamp without time zone,interval", stamp, timestamp_minus, true},
    Function{"+", "date,interval", stamp, date_plus, true},
    Function{"+", "interval,date", stamp, date_plus, true, false, {}, true},
    Function{"-", "date,interval", stamp, date_minus, true},
    Function{"-", "timestamp without time zone,timestamp without time zone", interval,
             between<Zone::none>, true},
    Function{"-", two_zoned, interval, between<Zone::wanted>, true},
    Function{"+", "timestamp with time zone,interval", "timestamp with time zone", nullptr},
    Function{"+", "interval,timestamp with time zone", "timestamp with time zone", nullptr},
    Function{"-", "timestamp with time zone,interval", "timestamp with time zone", nullptr},
    Function{"*", "interval,double precision", interval, nullptr},
    Function{"*", "double precision,interval", interval, nullptr},
};

}  // namespace

std::span<const Function> interval_functions() { return functions; }

}  // namespace wakestream::mapping
