// Integers of two sizes with one face, so that one algorithm serves both: numbers of up to 37
// digits are calculated in 128 bits, longer ones by GMP.
//
// GMP ends the process when it gets no memory; what is given to it is bounded by the limits of
// numeric (mapping/numeric_text.h), some 150,000 digits.
#pragma once

#include <gmpxx.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace wakestream::mapping {

__extension__ using Int128 = __int128;
using BigInteger = mpz_class;

// 2 * 10^37 still fits: that is what rounding compares with.
inline constexpr std::size_t narrow_digits_max = 37;

template <class Integer>
Integer power_of_ten(std::size_t exponent);

// Of the digits of both, one behind the other.
template <class Integer>
Integer integer_of(std::string_view first, std::string_view second);

template <class Integer>
struct Division {
  Integer quotient;  // towards zero
  Integer rest;      // with the sign of what is divided
};

template <class Integer>
Division<Integer> divided(const Integer& value, const Integer& by);

// Half a unit goes away from zero.
template <class Integer>
Integer rounded_quotient(const Integer& value, const Integer& by) {
  auto [quotient, rest] = divided<Integer>(value, by);
  const Integer twice = rest * 2;
  const bool away = (twice < 0 ? Integer(-twice) : twice) >= (by < 0 ? Integer(-by) : by);
  if (away) quotient += (value < 0) == (by < 0) ? 1 : -1;
  return quotient;
}

// Without a sign.
std::string digits_of(const Int128& value);
std::string digits_of(const BigInteger& value);

}  // namespace wakestream::mapping
