// numeric's text form: digits with a sign and a point, NaN, Infinity, -Infinity.
//
// Source: PostgreSQL documentation, "Arbitrary Precision Numbers".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

// Of two texts as PostgreSQL writes them. NaN equals itself and comes behind everything.
std::optional<int> compare_numerics(std::string_view left, std::string_view right);

// Is it finite?
bool is_decimal(std::string_view text);

// What PostgreSQL writes for a number as a person may write it: " +1.5e3" is 1500. None when it is
// no number, or beyond what PostgreSQL keeps.
std::optional<std::string> read_numeric(std::string_view text);

}  // namespace wakestream::mapping
