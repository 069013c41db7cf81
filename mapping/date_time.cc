#include "mapping/date_time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "mapping/calendar.h"

namespace wakestream::mapping {

std::int64_t clock_of(std::int64_t timestamp) {
  const auto clock = timestamp % microseconds_a_day;
  return clock < 0 ? clock + microseconds_a_day : clock;
}

namespace {

class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  bool take(char wanted) {
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() const { return rest_.empty(); }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }

  // Digits, at least and at most so many.
  std::optional<std::int64_t> number(std::size_t digits_min, std::size_t digits_max) {
    const auto end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (end < digits_min || end > digits_max) return std::nullopt;
    const auto digits = rest_.substr(0, end);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    rest_.remove_prefix(end);
    return value;
  }

  std::optional<std::int64_t> date(bool before_christ) {
    const auto year = number(4, 7);
    if (!year || *year == 0 || !take('-')) return std::nullopt;
    const auto month = number(2, 2);
    if (!month || !take('-')) return std::nullopt;
    const auto day = number(2, 2);
    if (!day || *month < 1 || *month > 12 || *day < 1) return std::nullopt;
    const auto astronomical = before_christ ? 1 - *year : *year;
    const auto days = days_of({astronomical, *month, *day});
    const auto back = civil_of(days);
    if (back.month != *month || back.day != *day) return std::nullopt;
    return days;
  }

  // hh:mm[:ss[.ffffff]]
  std::optional<std::int64_t> clock() {
    const auto hours = number(2, 2);
    if (!hours || *hours > 23 || !take(':')) return std::nullopt;
    const auto minutes = number(2, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    std::int64_t seconds = 0;
    std::int64_t fraction = 0;
    if (take(':')) {
      const auto whole = number(2, 2);
      if (!whole || *whole > 59) return std::nullopt;
      seconds = *whole;
      if (take('.')) {
        const auto length = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        const auto digits = number(1, 6);
        if (!digits) return std::nullopt;
        fraction = *digits;
        for (auto count = length; count < 6; ++count) fraction *= 10;
      }
    }
    return ((*hours * 60 + *minutes) * 60 + seconds) * 1'000'000 + fraction;
  }

  // +hh[:mm[:ss]], or Z: what the clock is ahead of UTC.
  std::optional<std::int64_t> offset() {
    if (take('Z')) return 0;
    const bool behind = next() == '-';
    if (!take('+') && !take('-')) return std::nullopt;
    const auto hours = number(2, 2);
    if (!hours || *hours > 15) return std::nullopt;
    std::int64_t seconds = *hours * 3600;
    for (const std::int64_t unit : {60, 1}) {
      if (!take(':')) break;
      const auto part = number(2, 2);
      if (!part || *part > 59) return std::nullopt;
      seconds += *part * unit;
    }
    return (behind ? -seconds : seconds) * 1'000'000;
  }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> read_infinity(std::string_view text) {
  if (text == "infinity") return time_infinity;
  if (text == "-infinity") return time_minus_infinity;
  return std::nullopt;
}

bool cut_era(std::string_view& text) {
  if (!text.ends_with(" BC")) return false;
  text.remove_suffix(3);
  return true;
}

std::string_view infinity_text(std::int64_t value) {
  if (value == time_infinity) return "infinity";
  return value == time_minus_infinity ? "-infinity" : "";
}

std::string date_text(const Civil& date) {
  const auto year = date.year > 0 ? date.year : 1 - date.year;
  return fmt::format("{:04}-{:02}-{:02}", year, date.month, date.day);
}

std::string_view era_text(const Civil& date) { return date.year > 0 ? "" : " BC"; }

}  // namespace

std::optional<std::int64_t> read_date(std::string_view text) {
  if (const auto infinity = read_infinity(text)) return infinity;
  const bool before_christ = cut_era(text);
  Reader reader(text);
  const auto days = reader.date(before_christ);
  const bool fits = days && reader.at_end() && *days >= date_min && *days <= date_max;
  return fits ? days : std::nullopt;
}

std::optional<std::int64_t> read_timestamp(std::string_view text, Zone zone) {
  if (const auto infinity = read_infinity(text)) return infinity;
  const bool before_christ = cut_era(text);
  Reader reader(text);
  const auto days = reader.date(before_christ);
  if (!days || !(reader.take(' ') || reader.take('T'))) return std::nullopt;
  const auto clock = reader.clock();
  if (!clock || *days < date_min || *days > timestamp_max / microseconds_a_day) return std::nullopt;
  auto value = *days * microseconds_a_day;
  if (__builtin_add_overflow(value, *clock, &value)) return std::nullopt;
  if (zone == Zone::wanted) {
    const auto offset = reader.offset();
    if (!offset || __builtin_sub_overflow(value, *offset, &value)) return std::nullopt;
  }
  const bool fits = reader.at_end() && value >= timestamp_min && value <= timestamp_max;
  return fits ? std::optional(value) : std::nullopt;
}

std::string write_date(std::int64_t days) {
  if (const auto infinity = infinity_text(days); !infinity.empty()) return std::string(infinity);
  const auto date = civil_of(days);
  return date_text(date) + std::string(era_text(date));
}

std::string write_timestamp(std::int64_t microseconds, Zone zone) {
  if (const auto infinity = infinity_text(microseconds); !infinity.empty())
    return std::string(infinity);
  const auto clock = clock_of(microseconds);
  const auto date = civil_of((microseconds - clock) / microseconds_a_day);
  const auto seconds = clock / 1'000'000;
  auto text = fmt::format("{} {:02}:{:02}:{:02}", date_text(date), seconds / 3600,
                          seconds / 60 % 60, seconds % 60);
  if (const auto fraction = clock % 1'000'000; fraction != 0) {
    text += fmt::format(".{:06}", fraction);
    text.erase(text.find_last_not_of('0') + 1);
  }
  if (zone == Zone::wanted) text += "+00";
  return text + std::string(era_text(date));
}

}  // namespace wakestream::mapping
