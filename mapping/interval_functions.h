// Intervals, and moments moved by them: what hangs on neither TimeZone nor IntervalStyle.
//
// A moment moves by months first (the day of the month at most the new month's last), then by days,
// then by the time; each step stays in the moments' range. The difference of two timestamps is days
// and the time of a day.
//
// Source: PostgreSQL documentation, "Date/Time Functions and Operators".
#pragma once

#include <span>

#include "mapping/function.h"

namespace wakestream::mapping {

std::span<const Function> interval_functions();

}  // namespace wakestream::mapping
