// numeric's text form: digits with a sign and a point, NaN, Infinity, -Infinity.
//
// Source: PostgreSQL documentation, "Arbitrary Precision Numbers".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

// PostgreSQL's own limits: digits before the point, and behind it.
inline constexpr std::size_t numeric_whole_digits_max = 131'072;
inline constexpr std::size_t numeric_scale_max = 16'383;

enum class NumericKind : std::uint8_t { finite, nan, infinity, minus_infinity };

// The text's parts: 0.50 has no whole digits, and the fraction 50.
struct NumericParts {
  NumericKind kind = NumericKind::finite;
  bool negative = false;
  std::string_view whole;     // without leading zeros
  std::string_view fraction;  // as many digits as the number's scale

  bool is_finite() const { return kind == NumericKind::finite; }
  bool is_zero() const {
    return whole.empty() && fraction.find_first_not_of('0') == std::string_view::npos;
  }
};

// Of a text as PostgreSQL writes it; none: it is no number.
std::optional<NumericParts> numeric_parts(std::string_view text);

// Of two texts as PostgreSQL writes them. NaN equals itself and comes behind everything.
std::optional<int> compare_numerics(std::string_view left, std::string_view right);

// Is it finite?
bool is_decimal(std::string_view text);

// What PostgreSQL writes for a number as a person may write it: " +1.5e3" is 1500. None when it is
// no number, or beyond what PostgreSQL keeps.
std::optional<std::string> read_numeric(std::string_view text);

}  // namespace wakestream::mapping
