#include "mapping/value_order.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "mapping/date_time.h"
#include "mapping/interval.h"
#include "mapping/numeric_text.h"
#include "mapping/scalar_text.h"

namespace wakestream::mapping {

namespace {

template <class Number>
std::optional<int> compare(const std::optional<Number>& left, const std::optional<Number>& right) {
  if (!left || !right) return std::nullopt;
  return *left < *right ? -1 : *left > *right ? 1 : 0;
}

std::optional<int> by_bytes(std::string_view left, std::string_view right) {
  return left.compare(right);
}

std::optional<int> without_blanks(std::string_view left, std::string_view right) {
  return without_trailing_blanks(left).compare(without_trailing_blanks(right));
}

std::optional<int> by_date(std::string_view left, std::string_view right) {
  return compare(read_date(left), read_date(right));
}
std::optional<int> by_timestamp(std::string_view left, std::string_view right) {
  return compare(read_timestamp(left, Zone::none), read_timestamp(right, Zone::none));
}
std::optional<int> by_timestamptz(std::string_view left, std::string_view right) {
  return compare(read_timestamp(left, Zone::wanted), read_timestamp(right, Zone::wanted));
}

// NaN equals itself and comes behind everything else.
std::optional<int> by_float(std::string_view left, std::string_view right) {
  // A real's text, read as a double, is in the same order.
  const auto first = read_float(left, types::float8);
  const auto second = read_float(right, types::float8);
  if (first && second && (std::isnan(*first) || std::isnan(*second)))
    return static_cast<int>(std::isnan(*first)) - static_cast<int>(std::isnan(*second));
  return compare(first, second);
}

// Days, and microseconds of the day: a date may lie beyond all timestamps.
std::optional<std::pair<std::int64_t, std::int64_t>> read_moment(std::string_view text) {
  if (const auto days = read_date(text)) return std::pair(*days, std::int64_t{0});
  const auto at = read_timestamp(text, Zone::none);
  if (!at) return std::nullopt;
  const auto clock = clock_of(*at);
  return std::pair((*at - clock) / microseconds_a_day, clock);
}

}  // namespace

std::optional<int> by_moment(std::string_view left, std::string_view right) {
  return compare(read_moment(left), read_moment(right));
}

Order order_of(const Type& type) {
  if (type.family == Family::string)
    return type.equality == Equality::blanks ? without_blanks : by_bytes;
  if (type.name == "numeric") return compare_numerics;
  if (type.name == "date") return by_date;
  if (type.json == JsonForm::timestamp) return by_timestamp;
  if (type.json == JsonForm::timestamptz) return by_timestamptz;
  if (type.name == "interval") return compare_intervals;
  if (type.json == JsonForm::floating) return by_float;
  // Their text forms are of one length, or order as they do.
  if (type.name == "uuid" || type.name == "bytea" || type.name == "time without time zone")
    return by_bytes;
  return nullptr;
}

}  // namespace wakestream::mapping
