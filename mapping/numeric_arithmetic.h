// Sums, products, quotients and roundings of numeric, from text form to text form.
//
// Exact where PostgreSQL is exact, with the digits behind the point that PostgreSQL gives: the
// longer scale of two for a sum, both together for a product, and for a quotient so many that 16
// digits say something. NaN and the infinities follow IEEE 754, but that NaN divided by zero is
// NaN and infinity divided by zero an error.
//
// Source: PostgreSQL documentation, "Numeric Types"; the scales are those of real servers, held by
// tests/integration/expression_oracle_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mapping/text_arena.h"
#include "mapping/value.h"
#include "mapping/wide_integer.h"

namespace wakestream::mapping {

Value numeric_sum(std::string_view left, std::string_view right, TextArena& arena);
Value numeric_difference(std::string_view left, std::string_view right, TextArena& arena);
Value numeric_product(std::string_view left, std::string_view right, TextArena& arena);
Value numeric_quotient(std::string_view left, std::string_view right, TextArena& arena);
// Of a division towards zero: the quotient's whole part, and what is left over.
Value numeric_whole_quotient(std::string_view left, std::string_view right, TextArena& arena);
Value numeric_remainder(std::string_view left, std::string_view right, TextArena& arena);

enum class Rounding : std::uint8_t { half_away, towards_zero, up, down };

// To so many digits behind the point, before it when negative.
Value numeric_rounded(std::string_view text, std::int64_t scale, Rounding rounding,
                      TextArena& arena);

// units * 10^-scale.
Value numeric_of(const Int128& units, std::size_t scale, TextArena& arena);

}  // namespace wakestream::mapping
