#include "mapping/interval.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "mapping/date_time.h"

namespace wakestream::mapping {

namespace {

constexpr std::int64_t months_a_year = 12;
constexpr std::int64_t days_a_month = 30;

enum class Part : std::uint8_t { months, days, time };

// Names that mean the same are one unit, and each unit may stand once.
struct Unit {
  int id;
  Part part;
  std::int64_t size;
  std::array<std::string_view, 6> names;
};

constexpr int seconds_id = 0;
constexpr int minutes_id = 1;
constexpr int hours_id = 2;

constexpr std::array units{
    Unit{seconds_id, Part::time, microseconds_a_second, {"seconds", "second", "secs", "sec", "s"}},
    Unit{minutes_id, Part::time, microseconds_a_minute, {"minutes", "minute", "mins", "min", "m"}},
    Unit{hours_id, Part::time, microseconds_an_hour, {"hours", "hour", "hrs", "hr", "h"}},
    Unit{3, Part::days, 1, {"days", "day", "d"}},
    Unit{4, Part::months, 1, {"mons", "months", "month", "mon"}},
    Unit{5, Part::months, months_a_year, {"years", "year", "yrs", "yr", "y"}},
    Unit{6, Part::days, 7, {"weeks", "week", "w"}},
    Unit{7, Part::time, 1'000, {"milliseconds", "millisecond", "msecs", "msec", "ms"}},
    Unit{8, Part::time, 1, {"microseconds", "microsecond", "usecs", "usec", "us"}},
    Unit{9, Part::months, 10 * months_a_year, {"decades", "decade"}},
    Unit{10, Part::months, 100 * months_a_year, {"centuries", "century"}},
    Unit{11, Part::months, 1'000 * months_a_year, {"millennia", "millennium"}},
};

const Unit* unit_of(std::string_view name) {
  for (const auto& unit : units)
    if (!name.empty() && std::find(unit.names.begin(), unit.names.end(), name) != unit.names.end())
      return &unit;
  return nullptr;
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool plain = !digits.empty() && digits.front() != '-';
  if (!plain || problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// Behind a point: at most six digits.
std::optional<std::int64_t> fraction_of(std::string_view digits) {
  if (digits.size() > 6) return std::nullopt;
  auto value = number_of(digits);
  for (auto count = digits.size(); value && count < 6; ++count) *value *= 10;
  return value;
}

class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  std::optional<Interval> read() {
    int words = 0;
    for (auto word = next_word(); !word.empty(); word = next_word(), ++words)
      if (!take(word, words == 0)) return std::nullopt;
    // IntervalStyle sql_standard takes one sign in front for the sign of all.
    const bool ambiguous = first_minus_ && words > 1 && signs_ == 1;
    return words > 0 && !ambiguous && fits(interval_) ? std::optional(interval_) : std::nullopt;
  }

 private:
  std::string_view next_word() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const auto word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(word.size());
    return word;
  }

  bool take(std::string_view word, bool first) {
    const bool minus = word.starts_with('-');
    first_minus_ = first_minus_ || (first && minus);
    if (minus || word.starts_with('+')) {
      ++signs_;
      word.remove_prefix(1);
    }
    return word.find(':') != word.npos ? take_clock(word, minus) : take_unit(word, minus);
  }

  bool take_unit(std::string_view word, bool minus) {
    const auto* unit = unit_of(next_word());
    if (unit == nullptr) return false;
    const auto point = std::min(word.find('.'), word.size());
    auto value = number_of(word.substr(0, point));
    if (!value || __builtin_mul_overflow(*value, unit->size, &*value)) return false;
    if (point < word.size()) {
      const auto fraction = fraction_of(word.substr(point + 1));
      if (unit->id != seconds_id || !fraction || __builtin_add_overflow(*value, *fraction, &*value))
        return false;
    }
    return add(unit->part, 1U << static_cast<unsigned>(unit->id), minus ? -*value : *value);
  }

  // hh:mm[:ss[.ffffff]]
  bool take_clock(std::string_view word, bool minus) {
    const auto colon = word.find(':');
    const auto hours = number_of(word.substr(0, colon));
    word.remove_prefix(colon + 1);
    const auto minutes = number_of(word.substr(0, std::min(word.find(':'), word.size())));
    std::optional<std::int64_t> seconds = 0;
    std::optional<std::int64_t> fraction = 0;
    if (const auto second_colon = word.find(':'); second_colon != word.npos) {
      word.remove_prefix(second_colon + 1);
      const auto point = std::min(word.find('.'), word.size());
      seconds = number_of(word.substr(0, point));
      if (point < word.size()) fraction = fraction_of(word.substr(point + 1));
    }
    if (!hours || !minutes || !seconds || !fraction || *minutes > 59 || *seconds > 59) return false;
    auto value = (*minutes * 60 + *seconds) * microseconds_a_second + *fraction;
    std::int64_t of_hours = 0;
    if (__builtin_mul_overflow(*hours, microseconds_an_hour, &of_hours) ||
        __builtin_add_overflow(value, of_hours, &value))
      return false;
    constexpr auto of_clock = 1U << seconds_id | 1U << minutes_id | 1U << hours_id;
    return add(Part::time, of_clock, minus ? -value : value);
  }

  bool add(Part part, unsigned which, std::int64_t value) {
    if ((seen_ & which) != 0) return false;
    seen_ |= which;
    auto& sum = part == Part::months ? interval_.months
                : part == Part::days ? interval_.days
                                     : interval_.microseconds;
    return !__builtin_add_overflow(sum, value, &sum);
  }

  std::string_view rest_;
  Interval interval_;
  unsigned seen_ = 0;
  int signs_ = 0;
  bool first_minus_ = false;
};

// Months as days, and both with the time's whole days; what is left of the time.
std::pair<std::int64_t, std::int64_t> length_of(const Interval& interval) {
  auto days = interval.months * days_a_month + interval.days;
  days += interval.microseconds / microseconds_a_day;
  auto rest = interval.microseconds % microseconds_a_day;
  if (rest < 0) {
    rest += microseconds_a_day;
    --days;
  }
  return {days, rest};
}

}  // namespace

bool fits(const Interval& interval) {
  const auto fits_32_bits = [](std::int64_t value) {
    return value >= std::numeric_limits<std::int32_t>::min() &&
           value <= std::numeric_limits<std::int32_t>::max();
  };
  return fits_32_bits(interval.months) && fits_32_bits(interval.days);
}

std::optional<Interval> read_interval(std::string_view text) {
  if (text == "infinity") return infinite_interval;
  if (text == "-infinity") return minus_infinite_interval;
  return Reader(text).read();
}

std::string write_interval(const Interval& interval) {
  if (interval == infinite_interval) return "infinity";
  if (interval == minus_infinite_interval) return "-infinity";
  std::string text;
  bool after_minus = false;
  const auto add = [&](std::int64_t value, std::string_view unit) {
    if (value == 0) return;
    text += fmt::format("{}{}{} {}{}", text.empty() ? "" : " ", after_minus && value > 0 ? "+" : "",
                        value, unit, value == 1 ? "" : "s");
    after_minus = value < 0;
  };
  add(interval.months / months_a_year, "year");
  add(interval.months % months_a_year, "mon");
  add(interval.days, "day");
  const auto time = interval.microseconds;
  if (time == 0 && !text.empty()) return text;
  const auto* sign = time < 0 ? "-" : after_minus ? "+" : "";
  // The smallest number has no opposite.
  const auto size =
      time < 0 ? 0 - static_cast<std::uint64_t>(time) : static_cast<std::uint64_t>(time);
  const auto seconds = size / microseconds_a_second;
  text += fmt::format("{}{}{:02}:{:02}:{:02}", text.empty() ? "" : " ", sign, seconds / 3'600,
                      seconds / 60 % 60, seconds % 60);
  if (const auto fraction = size % microseconds_a_second; fraction != 0) {
    text += fmt::format(".{:06}", fraction);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::optional<int> compare_intervals(std::string_view left_text, std::string_view right_text) {
  const auto left = read_interval(left_text);
  const auto right = read_interval(right_text);
  if (!left || !right) return std::nullopt;
  const auto left_length = length_of(*left);
  const auto right_length = length_of(*right);
  return left_length < right_length ? -1 : left_length > right_length ? 1 : 0;
}

}  // namespace wakestream::mapping
