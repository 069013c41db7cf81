// Arithmetic of dates in days. What hangs on the session's TimeZone is not here: timestamps with a
// time zone are compared and no more.
//
// Source: PostgreSQL documentation, "Date/Time Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> date_functions();

}  // namespace wakestream::mapping
