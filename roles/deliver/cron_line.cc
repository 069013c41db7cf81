#include "roles/deliver/cron_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace wakestream::deliver {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_time;

constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekdays = {"sun", "mon", "tue", "wed",
                                                      "thu", "fri", "sat"};
// Then the calendar is the same again, weekdays included.
constexpr days calendar_cycle{146'097};

std::vector<std::string_view> split(std::string_view text, std::string_view between) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find_first_of(between);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<unsigned> read_number(std::string_view text) {
  unsigned number = 0;
  const auto [stopped, error] = std::from_chars(text.begin(), text.end(), number);
  if (error != std::errc{} || stopped != text.end()) return std::nullopt;
  return number;
}

bool is_name(std::string_view text, std::string_view name) {
  return std::ranges::equal(text, name, [](char given, char known) {
    return (given >= 'A' && given <= 'Z' ? given - 'A' + 'a' : given) == known;
  });
}

}  // namespace

struct CronLine::Shape {
  std::string_view what;
  unsigned low;
  unsigned high;
  std::span<const std::string_view> names;  // of the values from `low` on

  std::optional<unsigned> value(std::string_view text) const {
    for (std::size_t at = 0; at < names.size(); ++at)
      if (is_name(text, names[at])) return low + static_cast<unsigned>(at);
    const auto number = read_number(text);
    return number && *number >= low && *number <= high ? number : std::nullopt;
  }

  // "8-18/2" as bits; nothing: it is none.
  std::optional<std::uint64_t> element(std::string_view text) const {
    unsigned step = 1;
    const auto slash = text.find('/');
    if (slash != std::string_view::npos) {
      const auto given = read_number(text.substr(slash + 1));
      if (!given || *given == 0 || *given > high) return std::nullopt;
      step = *given;
      text = text.substr(0, slash);
    }
    auto first = std::optional(low);
    auto last = std::optional(high);
    if (text != "*") {
      const auto dash = text.find('-');
      const bool is_range = dash != std::string_view::npos;
      first = value(text.substr(0, dash));
      last = is_range ? value(text.substr(dash + 1)) : first;
      if (slash != std::string_view::npos && !is_range) return std::nullopt;
    }
    if (!first || !last || *first > *last) return std::nullopt;
    std::uint64_t bits = 0;
    for (auto at = *first; at <= *last; at += step) bits |= std::uint64_t{1} << at;
    return bits;
  }
};

tl::expected<CronLine::Field, std::string> CronLine::read_field(std::string_view text,
                                                                const Shape& shape) {
  Field field;
  field.any = text.starts_with('*');
  for (const auto part : split(text, ",")) {
    const auto bits = shape.element(part);
    if (!bits)
      return tl::make_unexpected(fmt::format(
          "its {} \"{}\" must be *, a number from {} to {}{}, a range ({}-{}), either * or a range "
          "with a step (*/2), or a list of such with commas",
          shape.what, text, shape.low, shape.high,
          shape.names.empty()
              ? ""
              : fmt::format(" or a name ({} to {})", shape.names.front(), shape.names.back()),
          shape.low, shape.high));
    field.values |= *bits;
  }
  return field;
}

tl::expected<CronLine, std::string> CronLine::parse(std::string_view line) {
  std::vector<std::string_view> fields;
  for (const auto part : split(line, " \t"))
    if (!part.empty()) fields.push_back(part);
  CronLine read;
  read.text_ = line;
  const std::pair<Field*, Shape> wanted[] = {{&read.minute_, {"minute", 0, 59, {}}},
                                             {&read.hour_, {"hour", 0, 23, {}}},
                                             {&read.day_, {"day of month", 1, 31, {}}},
                                             {&read.month_, {"month", 1, 12, months}},
                                             {&read.weekday_, {"day of week", 0, 7, weekdays}}};
  if (fields.size() != std::size(wanted))
    return tl::make_unexpected(
        fmt::format("it has {} field{}, and must have five: minute, hour, day of month, month, day "
                    "of week",
                    fields.size(), fields.size() == 1 ? "" : "s"));
  for (std::size_t at = 0; at < fields.size(); ++at) {
    const auto& [into, shape] = wanted[at];
    auto field = read_field(fields[at], shape);
    if (!field) return tl::unexpected(std::move(field.error()));
    *into = *field;
  }
  constexpr unsigned sunday_too = 7;
  if (read.weekday_.has(sunday_too)) read.weekday_.values |= 1U;
  if (!read.ever_matches())
    return tl::make_unexpected("no day ever matches it: that day is in none of its months");
  return read;
}

bool CronLine::matches(sys_days day) const {
  const std::chrono::year_month_day date{day};
  if (!month_.has(static_cast<unsigned>(date.month()))) return false;
  const bool by_date = day_.has(static_cast<unsigned>(date.day()));
  const bool by_weekday = weekday_.has(std::chrono::weekday{day}.c_encoding());
  return day_.any || weekday_.any ? by_date && by_weekday : by_date || by_weekday;
}

bool CronLine::ever_matches() const {
  const sys_days from{days{0}};
  for (auto day = from; day < from + calendar_cycle; day += days{1})
    if (matches(day)) return true;
  return false;
}

std::int64_t CronLine::next_ms(std::int64_t after_ms) const {
  const sys_time<milliseconds> after{milliseconds{after_ms}};
  const auto from = std::chrono::floor<minutes>(after) + minutes{1};
  for (auto day = std::chrono::floor<days>(from);; day += days{1}) {
    if (!matches(day)) continue;
    for (auto at = std::max<sys_time<minutes>>(day, from); at < day + days{1}; at += minutes{1}) {
      const auto into = (at - day).count();
      if (hour_.has(static_cast<unsigned>(into / 60)) &&
          minute_.has(static_cast<unsigned>(into % 60)))
        return std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count();
    }
  }
}

}  // namespace wakestream::deliver
