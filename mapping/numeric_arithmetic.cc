#include "mapping/numeric_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "mapping/numeric_text.h"

namespace wakestream::mapping {

namespace {

// A quotient has at least so many digits that say something, and at most so many behind the point.
constexpr std::int64_t quotient_digits_min = 16;
constexpr std::int64_t quotient_scale_max = 1'000;
// PostgreSQL counts digits by fours, from the point on.
constexpr std::int64_t group_digits = 4;

Value written(bool negative, std::string_view digits, std::size_t scale, TextArena& arena) {
  if (digits.size() > scale + numeric_whole_digits_max) return Value::failure(Problem::overflow);
  const auto whole = digits.substr(0, digits.size() - std::min(scale, digits.size()));
  const auto fraction = digits.substr(whole.size());
  const bool has_sign = negative && digits.find_first_not_of('0') != std::string_view::npos;
  const auto size =
      (has_sign ? 1 : 0) + std::max<std::size_t>(whole.size(), 1) + (scale > 0 ? scale + 1 : 0);
  auto* const start = arena.allocate(size);
  auto* out = start;
  if (has_sign) *out++ = '-';
  if (whole.empty()) *out++ = '0';
  out = std::copy(whole.begin(), whole.end(), out);
  if (scale > 0) {
    *out++ = '.';
    out = std::fill_n(out, scale - fraction.size(), '0');
    std::copy(fraction.begin(), fraction.end(), out);
  }
  return Value::of_text({start, size});
}

template <class Integer>
Value written(const Integer& units, std::size_t scale, TextArena& arena) {
  return written(units < 0, digits_of(units), scale, arena);
}

// The integer that the number is at that scale, which is not below its own.
template <class Integer>
Integer units_of(const NumericParts& number, std::size_t scale) {
  auto units = integer_of<Integer>(number.whole, number.fraction);
  if (const auto more = scale - number.fraction.size(); more > 0)
    units *= power_of_ten<Integer>(more);
  return number.negative ? Integer(-units) : units;
}

// Calculates in 128 bits when so many digits fit, and else by GMP.
template <class Compute>
Value calculated(std::size_t digits_max, const Compute& compute) {
  return digits_max <= narrow_digits_max ? compute.template operator()<Int128>()
                                         : compute.template operator()<BigInteger>();
}

// NaN, an infinity, or -1, 0 and 1 for a number's sign: what a result that is not finite hangs on.
double special_of(const NumericParts& number) {
  switch (number.kind) {
    case NumericKind::nan:
      return std::numeric_limits<double>::quiet_NaN();
    case NumericKind::infinity:
      return std::numeric_limits<double>::infinity();
    case NumericKind::minus_infinity:
      return -std::numeric_limits<double>::infinity();
    case NumericKind::finite:
      break;
  }
  return number.is_zero() ? 0 : number.negative ? -1 : 1;
}

Value of_special(double value) {
  if (std::isnan(value)) return Value::of_text("NaN");
  if (std::isinf(value)) return Value::of_text(value > 0 ? "Infinity" : "-Infinity");
  return Value::of_text("0");
}

// `special` calculates where a side is not finite, `finite` where both are.
template <class Special, class Finite>
Value of_two(std::string_view left_text, std::string_view right_text, const Special& special,
             const Finite& finite) {
  const auto left = numeric_parts(left_text);
  const auto right = numeric_parts(right_text);
  if (!left || !right) return Value::failure(Problem::malformed_value);
  if (!left->is_finite() || !right->is_finite())
    return special(special_of(*left), special_of(*right));
  return finite(*left, *right);
}

template <class Special, class Finite>
Value of_division(std::string_view left_text, std::string_view right_text, const Special& special,
                  const Finite& finite) {
  return of_two(
      left_text, right_text,
      [&](double left, double right) {
        if (right == 0 && !std::isnan(left)) return Value::failure(Problem::division_by_zero);
        return special(left, right);
      },
      [&](const NumericParts& left, const NumericParts& right) {
        return right.is_zero() ? Value::failure(Problem::division_by_zero) : finite(left, right);
      });
}

struct Aligned {
  std::size_t scale;
  std::size_t digits_max;  // of either at that scale
};

Aligned aligned(const NumericParts& left, const NumericParts& right) {
  const auto scale = std::max(left.fraction.size(), right.fraction.size());
  return {scale, std::max(left.whole.size(), right.whole.size()) + scale};
}

Value sum(std::string_view left_text, std::string_view right_text, bool subtracted,
          TextArena& arena) {
  return of_two(
      left_text, right_text,
      [&](double left, double right) {
        return of_special(subtracted ? left - right : left + right);
      },
      [&](const NumericParts& left, NumericParts right) {
        if (subtracted) right.negative = !right.negative;
        const auto [scale, digits_max] = aligned(left, right);
        return calculated(digits_max + 1, [&]<class Integer>() {
          const Integer units = units_of<Integer>(left, scale) + units_of<Integer>(right, scale);
          return written(units, scale, arena);
        });
      });
}

// The number's first group of four digits that is not zero: which it is, counted from the point,
// and its value.
struct Leading {
  std::int64_t group = 0;
  int value = 0;
};

Leading leading_of(const NumericParts& number) {
  if (number.is_zero()) return {};
  auto digits = number.whole.empty() ? number.fraction : number.whole;
  const auto first = digits.find_first_not_of('0');
  digits.remove_prefix(first);
  // The power of ten of the first digit.
  const auto power = number.whole.empty() ? -1 - static_cast<std::int64_t>(first)
                                          : static_cast<std::int64_t>(digits.size()) - 1;
  const auto group = (power - (power < 0 ? group_digits - 1 : 0)) / group_digits;
  Leading leading{group, 0};
  for (auto at = power; at >= group * group_digits; --at) {
    if (digits.empty()) digits = "0";
    leading.value = leading.value * 10 + (digits.front() - '0');
    digits.remove_prefix(1);
  }
  return leading;
}

std::size_t quotient_scale(const NumericParts& left, const NumericParts& right) {
  const auto dividend = leading_of(left);
  const auto divisor = leading_of(right);
  const auto group = dividend.group - divisor.group - (dividend.value <= divisor.value ? 1 : 0);
  const auto wanted = quotient_digits_min - group * group_digits;
  const auto given = std::max(left.fraction.size(), right.fraction.size());
  const auto scale = std::max({wanted, static_cast<std::int64_t>(given), std::int64_t{0}});
  return static_cast<std::size_t>(std::min(scale, quotient_scale_max));
}

template <class Integer>
Integer rounded_units(const Integer& units, const Integer& by, Rounding rounding) {
  if (rounding == Rounding::half_away) return rounded_quotient<Integer>(units, by);
  auto [quotient, rest] = divided<Integer>(units, by);
  if (rounding == Rounding::up && rest > 0) quotient += 1;
  if (rounding == Rounding::down && rest < 0) quotient -= 1;
  return quotient;
}

Value rounded(const NumericParts& number, std::int64_t scale, Rounding rounding, TextArena& arena) {
  const auto given = number.fraction.size();
  const auto shown = static_cast<std::size_t>(std::max<std::int64_t>(scale, 0));
  // So many digits before the point become zeros.
  const auto cleared = static_cast<std::size_t>(std::max<std::int64_t>(-scale, 0));
  if (cleared > number.whole.size()) return Value::of_text("0");
  const auto cut = shown < given || cleared > 0 ? given - shown + cleared : 0;
  return calculated(number.whole.size() + std::max(given, shown) + 1, [&]<class Integer>() {
    if (cut == 0) return written(units_of<Integer>(number, shown), shown, arena);
    auto units = rounded_units<Integer>(units_of<Integer>(number, given),
                                        power_of_ten<Integer>(cut), rounding);
    if (cleared > 0) units *= power_of_ten<Integer>(cleared);
    return written(units, shown, arena);
  });
}

}  // namespace

Value numeric_sum(std::string_view left, std::string_view right, TextArena& arena) {
  return sum(left, right, false, arena);
}

Value numeric_difference(std::string_view left, std::string_view right, TextArena& arena) {
  return sum(left, right, true, arena);
}

Value numeric_product(std::string_view left_text, std::string_view right_text, TextArena& arena) {
  return of_two(
      left_text, right_text, [](double left, double right) { return of_special(left * right); },
      [&](const NumericParts& left, const NumericParts& right) {
        const auto left_scale = left.fraction.size();
        const auto right_scale = right.fraction.size();
        const auto scale = left_scale + right_scale;
        const auto digits_max = left.whole.size() + right.whole.size() + scale;
        return calculated(digits_max, [&]<class Integer>() {
          const Integer units =
              units_of<Integer>(left, left_scale) * units_of<Integer>(right, right_scale);
          if (scale <= numeric_scale_max) return written(units, scale, arena);
          const auto too_many = power_of_ten<Integer>(scale - numeric_scale_max);
          return written(rounded_quotient(units, too_many), numeric_scale_max, arena);
        });
      });
}

Value numeric_quotient(std::string_view left_text, std::string_view right_text, TextArena& arena) {
  return of_division(
      left_text, right_text, [](double left, double right) { return of_special(left / right); },
      [&](const NumericParts& left, const NumericParts& right) {
        const auto scale = quotient_scale(left, right);
        // left / right = left_units / right_units * 10^(right_scale - left_scale)
        const auto left_scale = std::max(left.fraction.size(), scale + right.fraction.size());
        const auto right_scale = left_scale - scale;
        const auto digits_max =
            std::max(left.whole.size() + left_scale, right.whole.size() + right_scale);
        return calculated(digits_max, [&]<class Integer>() {
          return written(rounded_quotient(units_of<Integer>(left, left_scale),
                                          units_of<Integer>(right, right_scale)),
                         scale, arena);
        });
      });
}

Value numeric_whole_quotient(std::string_view left_text, std::string_view right_text,
                             TextArena& arena) {
  return of_division(
      left_text, right_text, [](double left, double right) { return of_special(left / right); },
      [&](const NumericParts& left, const NumericParts& right) {
        const auto [scale, digits_max] = aligned(left, right);
        return calculated(digits_max, [&]<class Integer>() {
          const auto division =
              divided<Integer>(units_of<Integer>(left, scale), units_of<Integer>(right, scale));
          return written(division.quotient, 0, arena);
        });
      });
}

Value numeric_remainder(std::string_view left_text, std::string_view right_text, TextArena& arena) {
  return of_division(
      left_text, right_text,
      [&](double left, double right) {
        // A finite number is less than infinity.
        const bool whole = std::isinf(right) && std::isfinite(left);
        return whole ? Value::of_text(left_text)
                     : of_special(std::numeric_limits<double>::quiet_NaN());
      },
      [&](const NumericParts& left, const NumericParts& right) {
        const auto [scale, digits_max] = aligned(left, right);
        return calculated(digits_max, [&]<class Integer>() {
          const auto division =
              divided<Integer>(units_of<Integer>(left, scale), units_of<Integer>(right, scale));
          return written(division.rest, scale, arena);
        });
      });
}

Value numeric_rounded(std::string_view text, std::int64_t scale, Rounding rounding,
                      TextArena& arena) {
  const auto number = numeric_parts(text);
  if (!number) return Value::failure(Problem::malformed_value);
  return number->is_finite() ? rounded(*number, scale, rounding, arena) : Value::of_text(text);
}

Value numeric_of(const Int128& units, std::size_t scale, TextArena& arena) {
  return written(units, scale, arena);
}

}  // namespace wakestream::mapping
