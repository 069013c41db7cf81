// PostgreSQL's input functions for the types that rules calculate with.
//
// Source: PostgreSQL documentation, "Boolean Type", "Numeric Types"; behaviour of PostgreSQL 15's
// boolin and int*in (the hexadecimal and underscored forms of 16 and later are refused).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

struct Type;

enum class IntegerProblem : std::uint8_t { none, not_an_integer, out_of_range };

struct IntegerRead {
  std::int64_t value = 0;
  IntegerProblem problem = IntegerProblem::none;
};

// White space around it is allowed, and a sign.
IntegerRead read_integer(std::string_view text, const Type& type);

// Of a text as PostgreSQL writes it for real or double precision.
std::optional<double> read_float(std::string_view text, const Type& type);

// t, true, y, yes, on, 1 and their opposites; unique prefixes; any case; white space around it.
std::optional<bool> read_boolean(std::string_view text);

// Of the letters A to Z.
std::string in_lower_case(std::string_view text);

// char(n) without its padding.
std::string_view without_trailing_blanks(std::string_view text);

}  // namespace wakestream::mapping
