#include "policy/day.h"

#include <charconv>

namespace wakestream::policy {

namespace {

template <class Number>
bool read_digits(std::string_view digits, Number& number) {
  return std::from_chars(digits.begin(), digits.end(), number).ptr == digits.end();
}

}  // namespace

std::optional<std::chrono::sys_days> parse_day(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' ||
      !read_digits(text.substr(0, 4), year) || !read_digits(text.substr(5, 2), month) ||
      !read_digits(text.substr(8), day))
    return std::nullopt;
  const auto date = std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day};
  if (!date.ok() || year < 1970) return std::nullopt;
  return std::chrono::sys_days{date};
}

}  // namespace wakestream::policy
