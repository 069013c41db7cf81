// Numerics at the edges of 128 bits and of what PostgreSQL keeps: short numbers and long ones give
// the same. What they give is held against real servers by expression_oracle_test.cc.
#include "mapping/numeric_arithmetic.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "mapping/numeric_text.h"

namespace wakestream::mapping::test {
namespace {

class NumericArithmeticTest : public testing::Test {
 protected:
  // A number of so many digits at most, and up to nine of them behind the point.
  std::string number(std::size_t digits_max) {
    std::string digits(1 + random() % digits_max, '0');
    for (auto& digit : digits) digit = static_cast<char>('0' + random() % 10);
    if (digits.find_first_not_of('0') == std::string::npos) digits.back() = '1';
    const auto scale = random() % 10;
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - scale - 1));
    if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
    return (random() % 2 == 0 ? "-" : "") + digits;
  }

  static std::string text_of(const Value& value) {
    return value.failed() ? std::string(sentence_of(value.problem)) : std::string(value.text);
  }

  static void expect_equal(const Value& left, const Value& right, const std::string& what) {
    EXPECT_EQ(compare_numerics(left.text, right.text), 0)
        << what << ": " << text_of(left).substr(0, 80) << " and " << text_of(right).substr(0, 80);
  }

  std::mt19937_64 random{7};
  TextArena arena;
  // Makes every number one for GMP.
  const std::string shift = "1" + std::string(60, '0');
};

TEST_F(NumericArithmeticTest, short_numbers_and_long_ones_give_the_same) {
  for (int round = 0; round < 2'000; ++round) {
    const auto a = number(18);
    const auto b = number(18);
    const auto shifted = numeric_product(a, shift, arena).text;
    const auto what = fmt::format("{} and {}", a, b);
    expect_equal(numeric_sum(a, b, arena),
                 numeric_difference(numeric_sum(numeric_sum(a, shift, arena).text, b, arena).text,
                                    shift, arena),
                 what);
    expect_equal(numeric_product(numeric_product(a, b, arena).text, shift, arena),
                 numeric_product(shifted, b, arena), what);
    expect_equal(numeric_whole_quotient(a, b, arena),
                 numeric_whole_quotient(shifted, numeric_product(b, shift, arena).text, arena),
                 what);
    expect_equal(numeric_product(numeric_remainder(a, b, arena).text, shift, arena),
                 numeric_remainder(shifted, numeric_product(b, shift, arena).text, arena), what);
    for (const auto rounding :
         {Rounding::half_away, Rounding::towards_zero, Rounding::up, Rounding::down}) {
      const auto sign = a.starts_with('-') ? "-" : "";
      const auto far = numeric_sum(a, sign + shift, arena).text;
      expect_equal(numeric_sum(numeric_rounded(a, 2, rounding, arena).text, sign + shift, arena),
                   numeric_rounded(far, 2, rounding, arena), what);
    }
    arena.empty();
  }
}

TEST_F(NumericArithmeticTest, a_quotient_times_its_divisor_is_near_the_dividend) {
  for (int round = 0; round < 2'000; ++round) {
    const auto a = number(40);
    const auto b = number(40);
    const auto quotient = numeric_quotient(a, b, arena);
    const auto back = numeric_product(quotient.text, b, arena);
    const auto rest = numeric_difference(a, back.text, arena);
    // At most half a unit of the quotient's last digit.
    const auto scale = numeric_parts(quotient.text)->fraction.size();
    const auto half = fmt::format("0.{:0<{}}5", "", scale);
    const auto bound = numeric_product(half, b, arena);
    auto magnitude = [](std::string_view text) {
      return text.starts_with('-') ? text.substr(1) : text;
    };
    EXPECT_LE(*compare_numerics(magnitude(rest.text), magnitude(bound.text)), 0)
        << a << " / " << b << " = " << quotient.text;
    arena.empty();
  }
}

TEST_F(NumericArithmeticTest, the_limits_are_postgresqls) {
  const std::string largest(numeric_whole_digits_max, '9');
  EXPECT_EQ(text_of(numeric_difference(numeric_sum(largest, "0.5", arena).text, "0.5", arena)),
            largest + ".0");
  EXPECT_EQ(numeric_sum(largest, "1", arena).problem, Problem::overflow);
  EXPECT_EQ(numeric_product(largest, "-2", arena).problem, Problem::overflow);
  EXPECT_EQ(numeric_rounded(largest + ".5", 0, Rounding::half_away, arena).problem,
            Problem::overflow);
  const auto smallest = "0." + std::string(numeric_scale_max - 1, '0') + "1";
  EXPECT_EQ(text_of(numeric_product(smallest, smallest, arena)),
            "0." + std::string(numeric_scale_max, '0'));
  EXPECT_EQ(numeric_sum(largest + "9", "1", arena).problem, Problem::malformed_value);
  EXPECT_EQ(numeric_sum(smallest + "0", "1", arena).problem, Problem::malformed_value);
}

TEST_F(NumericArithmeticTest, a_text_that_is_no_number_is_malformed) {
  for (const auto* text : {"", "-", ".", "1.", ".5", "1e3", "+1", "1 ", "--1", "nan", "1.2.3"})
    EXPECT_EQ(numeric_sum(text, "1", arena).problem, Problem::malformed_value) << text;
}

}  // namespace
}  // namespace wakestream::mapping::test
