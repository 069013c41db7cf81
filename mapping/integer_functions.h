// Arithmetic of integers: a result that does not fit its type is an error, as in PostgreSQL.
//
// Source: PostgreSQL documentation, "Mathematical Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> integer_functions();

}  // namespace wakestream::mapping
