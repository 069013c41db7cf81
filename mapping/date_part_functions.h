// extract: a number of a date, a timestamp or an interval. Which part is meant is a literal, and so
// known when the rule is loaded.
//
// Source: PostgreSQL documentation, "Date/Time Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> date_part_functions();

}  // namespace wakestream::mapping
