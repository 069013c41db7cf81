// Arithmetic of numeric: results have the scale that PostgreSQL gives them, and fail where it
// fails.
//
// Source: PostgreSQL documentation, "Mathematical Functions and Operators", "Numeric Types".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> numeric_functions();

}  // namespace wakestream::mapping
