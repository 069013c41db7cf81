#include "mapping/wide_integer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace wakestream::mapping {

namespace {

constexpr auto powers_of_ten = [] {
  std::array<Int128, narrow_digits_max + 2> powers{};
  powers[0] = 1;
  for (std::size_t exponent = 1; exponent < powers.size(); ++exponent)
    powers[exponent] = powers[exponent - 1] * 10;
  return powers;
}();

// Digits that fit 64 bits whatever they are.
constexpr std::size_t word_digits_max = std::numeric_limits<std::int64_t>::digits10;

std::int64_t word_of(std::string_view digits) {
  std::int64_t value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

Int128 narrow_of(std::string_view digits, Int128 value) {
  while (!digits.empty()) {
    const auto word = digits.substr(0, word_digits_max);
    value = value * powers_of_ten[word.size()] + word_of(word);
    digits.remove_prefix(word.size());
  }
  return value;
}

}  // namespace

template <>
Int128 power_of_ten<Int128>(std::size_t exponent) {
  return powers_of_ten[exponent];
}

template <>
BigInteger power_of_ten<BigInteger>(std::size_t exponent) {
  BigInteger power;
  mpz_ui_pow_ui(power.get_mpz_t(), 10, exponent);
  return power;
}

template <>
Int128 integer_of<Int128>(std::string_view first, std::string_view second) {
  return narrow_of(second, narrow_of(first, 0));
}

template <>
BigInteger integer_of<BigInteger>(std::string_view first, std::string_view second) {
  std::string digits(first);
  digits += second;
  BigInteger value;
  if (!digits.empty()) mpz_set_str(value.get_mpz_t(), digits.c_str(), 10);
  return value;
}

template <>
Division<Int128> divided<Int128>(const Int128& value, const Int128& by) {
  // Most numbers fit 64 bits, where a division is one instruction.
  constexpr Int128 word_max = std::numeric_limits<std::int64_t>::max();
  if (value <= word_max && value >= -word_max && by <= word_max && by >= -word_max) {
    const auto narrow_value = static_cast<std::int64_t>(value);
    const auto narrow_by = static_cast<std::int64_t>(by);
    return {narrow_value / narrow_by, narrow_value % narrow_by};
  }
  return {value / by, value % by};
}

template <>
Division<BigInteger> divided<BigInteger>(const BigInteger& value, const BigInteger& by) {
  Division<BigInteger> division;
  mpz_tdiv_qr(division.quotient.get_mpz_t(), division.rest.get_mpz_t(), value.get_mpz_t(),
              by.get_mpz_t());
  return division;
}

std::string digits_of(const Int128& value) {
  std::array<char, narrow_digits_max + 2> digits{};
  auto rest = value < 0 ? -value : value;
  auto start = digits.size();
  do {
    digits[--start] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  } while (rest != 0);
  return {digits.data() + start, digits.size() - start};
}

std::string digits_of(const BigInteger& value) {
  auto digits = value.get_str();
  if (digits.starts_with('-')) digits.erase(0, 1);
  return digits;
}

}  // namespace wakestream::mapping
