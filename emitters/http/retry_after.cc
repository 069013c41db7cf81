#include "emitters/http/retry_after.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace wakestream::emitters {

namespace {

using std::chrono::seconds;

std::optional<int> number(std::string_view digits) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && value >= 0 && std::isdigit(static_cast<unsigned char>(digits.front())) != 0
             ? std::optional(value)
             : std::nullopt;
}

// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that is still sent.
std::optional<std::chrono::sys_seconds> parse_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::size_t length = 29;
  if (text.size() != length || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT")
    return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year{*year},
      std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         seconds{*second};
}

}  // namespace

std::optional<seconds> parse_retry_after(std::string_view text, std::chrono::sys_seconds now) {
  if (text.empty()) return std::nullopt;
  const bool digits = std::all_of(text.begin(), text.end(),
                                  [](unsigned char letter) { return std::isdigit(letter) != 0; });
  if (digits) {
    const auto value = number(text);  // none: too large for a number
    return value ? std::min(seconds{*value}, retry_after_max) : retry_after_max;
  }
  const auto date = parse_date(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, seconds{0}, retry_after_max);
}

}  // namespace wakestream::emitters
