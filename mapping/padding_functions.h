// lpad, rpad and repeat: texts that are longer than what they are made of, and so have a limit.
//
// Source: PostgreSQL documentation, "String Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> padding_functions();

}  // namespace wakestream::mapping
