// What a jsonb is, and how long.
//
// Source: PostgreSQL documentation, "JSON Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> jsonb_functions();

}  // namespace wakestream::mapping
