// date_trunc, and AT TIME ZONE 'UTC', which makes a timestamp of one that hangs on the session's
// TimeZone. Unit and zone are literals, and so known when the rule is loaded.
//
// Source: PostgreSQL documentation, "Date/Time Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> date_trunc_functions();

}  // namespace wakestream::mapping
