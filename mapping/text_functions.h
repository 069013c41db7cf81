// Functions of text: characters are those of UTF-8, and lower and upper are of COLLATE "C".
//
// Source: PostgreSQL documentation, "String Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> text_functions();

}  // namespace wakestream::mapping
