#include "mapping/numeric_text.h"

#include <algorithm>
#include <charconv>

namespace wakestream::mapping {

namespace {

constexpr std::string_view white_space = " \t\n\v\f\r";
constexpr int exponent_max = static_cast<int>(numeric_whole_digits_max) - 1;
constexpr int exponent_min = -static_cast<int>(numeric_scale_max);

// -Infinity, numbers, Infinity, NaN.
int rank(NumericKind kind) {
  switch (kind) {
    case NumericKind::minus_infinity:
      return -1;
    case NumericKind::finite:
      return 0;
    case NumericKind::infinity:
      return 1;
    case NumericKind::nan:
      return 2;
  }
  return 0;
}

std::string_view without_trailing_zeros(std::string_view digits) {
  return digits.substr(0, digits.find_last_not_of('0') + 1);
}

int compare_magnitudes(const NumericParts& left, const NumericParts& right) {
  if (left.whole.size() != right.whole.size())
    return left.whole.size() < right.whole.size() ? -1 : 1;
  if (const auto whole = left.whole.compare(right.whole); whole != 0) return whole;
  return without_trailing_zeros(left.fraction).compare(without_trailing_zeros(right.fraction));
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

std::optional<NumericParts> numeric_parts(std::string_view text) {
  NumericParts parts;
  if (text == "NaN") {
    parts.kind = NumericKind::nan;
  } else if (text == "Infinity") {
    parts.kind = NumericKind::infinity;
  } else if (text == "-Infinity") {
    parts.kind = NumericKind::minus_infinity;
  } else {
    parts.negative = text.starts_with('-');
    if (parts.negative) text.remove_prefix(1);
    const auto point = std::min(text.find('.'), text.size());
    parts.whole = text.substr(0, point);
    const bool has_fraction = point < text.size();
    if (has_fraction) parts.fraction = text.substr(point + 1);
    if (parts.whole.empty() || (has_fraction && parts.fraction.empty()) ||
        !all_digits(parts.whole) || !all_digits(parts.fraction))
      return std::nullopt;
    parts.whole.remove_prefix(std::min(parts.whole.find_first_not_of('0'), parts.whole.size()));
    if (parts.whole.size() > numeric_whole_digits_max || parts.fraction.size() > numeric_scale_max)
      return std::nullopt;
  }
  return parts;
}

bool is_decimal(std::string_view text) {
  const auto parts = numeric_parts(text);
  return parts && parts->is_finite();
}

std::optional<int> compare_numerics(std::string_view left_text, std::string_view right_text) {
  const auto left = numeric_parts(left_text);
  const auto right = numeric_parts(right_text);
  if (!left || !right) return std::nullopt;
  if (!left->is_finite() || !right->is_finite()) return rank(left->kind) - rank(right->kind);
  if (left->negative != right->negative) return left->negative ? -1 : 1;
  const auto outcome = compare_magnitudes(*left, *right);
  return left->negative ? -outcome : outcome;
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
  if (!numeric_parts(out)) return std::nullopt;
  const bool zero = out.find_first_not_of("0.") == std::string::npos;
  return negative && !zero ? "-" + out : out;
}

}  // namespace wakestream::mapping
