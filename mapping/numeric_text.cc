#include "mapping/numeric_text.h"

#include <algorithm>
#include <charconv>

namespace wakestream::mapping {

namespace {

constexpr std::string_view white_space = " \t\n\v\f\r";
// PostgreSQL's own limits: digits before the point, and behind it.
constexpr int exponent_max = 131'071;
constexpr int exponent_min = -16'383;

// -Infinity, numbers, Infinity, NaN.
int rank(std::string_view text) {
  if (text == "NaN") return 2;
  if (text == "Infinity") return 1;
  return text == "-Infinity" ? -1 : 0;
}

struct Parts {
  std::string_view whole;
  std::string_view fraction;
};

Parts parts_of(std::string_view digits) {
  const auto point = std::min(digits.find('.'), digits.size());
  Parts parts{digits.substr(0, point), digits.substr(std::min(point + 1, digits.size()))};
  parts.whole.remove_prefix(std::min(parts.whole.find_first_not_of('0'), parts.whole.size()));
  parts.fraction = parts.fraction.substr(0, parts.fraction.find_last_not_of('0') + 1);
  return parts;
}

int compare_magnitudes(const Parts& left, const Parts& right) {
  if (left.whole.size() != right.whole.size())
    return left.whole.size() < right.whole.size() ? -1 : 1;
  if (const auto whole = left.whole.compare(right.whole); whole != 0) return whole;
  return left.fraction.compare(right.fraction);
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char letter) { return letter >= '0' && letter <= '9'; });
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

// 12.34 with its point moved.
std::string moved(std::string_view whole, std::string_view fraction, int exponent) {
  auto digits = std::string(whole) + std::string(fraction);
  auto point = static_cast<int>(whole.size()) + exponent;
  if (point < 0) {
    digits.insert(0, static_cast<std::size_t>(-point), '0');
    point = 0;
  }
  if (point > static_cast<int>(digits.size()))
    digits.append(static_cast<std::size_t>(point) - digits.size(), '0');
  auto before = digits.substr(0, static_cast<std::size_t>(point));
  const auto after = digits.substr(static_cast<std::size_t>(point));
  before.erase(0, std::min(before.find_first_not_of('0'), before.size()));
  if (before.empty()) before = "0";
  return after.empty() ? before : before + "." + after;
}

}  // namespace

bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  return point > 0 && all_digits(text.substr(0, point)) &&
         (point == text.size() || (point + 1 < text.size() && all_digits(text.substr(point + 1))));
}

std::optional<int> compare_numerics(std::string_view left, std::string_view right) {
  const auto left_rank = rank(left);
  const auto right_rank = rank(right);
  if ((left_rank == 0 && !is_decimal(left)) || (right_rank == 0 && !is_decimal(right)))
    return std::nullopt;
  if (left_rank != 0 || right_rank != 0) return left_rank - right_rank;
  const bool left_negative = left.starts_with('-');
  const bool right_negative = right.starts_with('-');
  const auto left_parts = parts_of(left.substr(left_negative ? 1 : 0));
  const auto right_parts = parts_of(right.substr(right_negative ? 1 : 0));
  if (left_negative != right_negative) return left_negative ? -1 : 1;
  const auto outcome = compare_magnitudes(left_parts, right_parts);
  return left_negative ? -outcome : outcome;
}

std::optional<std::string> read_numeric(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
  text = text.substr(0, text.find_last_not_of(white_space) + 1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (equals_ignoring_case(text, "infinity") || equals_ignoring_case(text, "inf"))
    return negative ? "-Infinity" : "Infinity";
  if (equals_ignoring_case(text, "nan") && !negative) return "NaN";
  const auto mark = std::min(text.find_first_of("eE"), text.size());
  int exponent = 0;
  if (mark < text.size()) {
    auto digits = text.substr(mark + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (problem != std::errc() || end != digits.data() + digits.size() || exponent > exponent_max ||
        exponent < exponent_min)
      return std::nullopt;
  }
  const auto digits = text.substr(0, mark);
  const auto point = std::min(digits.find('.'), digits.size());
  const auto whole = digits.substr(0, point);
  const auto fraction = digits.substr(std::min(point + 1, digits.size()));
  if (!all_digits(whole) || !all_digits(fraction) || (whole.empty() && fraction.empty()))
    return std::nullopt;
  auto out = moved(whole, fraction, exponent);
  const bool zero = out.find_first_not_of("0.") == std::string::npos;
  return negative && !zero ? "-" + out : out;
}

}  // namespace wakestream::mapping
