// The Gregorian calendar, for all years: dates as days since 2000-01-01, and what they belong to.
//
// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"; ISO 8601 for weeks;
// PostgreSQL documentation, "Date/Time Functions and Operators" for centuries.
#pragma once

#include <cstdint>

namespace wakestream::mapping {

// The year before 1 is 0.
struct Civil {
  std::int64_t year = 0;
  std::int64_t month = 0;
  std::int64_t day = 0;
};

Civil civil_of(std::int64_t days);
std::int64_t days_of(const Civil& date);
std::int64_t days_of_month(std::int64_t year, std::int64_t month);

// From 1.
std::int64_t day_of_year(std::int64_t days);
// From 1, Monday, to 7.
std::int64_t weekday_of(std::int64_t days);
// The Thursday of the day's week: a week belongs to the year of its Thursday.
std::int64_t thursday_of(std::int64_t days);

// Of a century, 100 years, or a millennium: which it is, 1 or -1 for the first ones on either side,
// and the year that it starts with.
std::int64_t age_of(std::int64_t year, std::int64_t years);
std::int64_t first_year_of_age(std::int64_t year, std::int64_t years);

// Rounded down.
std::int64_t floor_quotient(std::int64_t value, std::int64_t by);

}  // namespace wakestream::mapping
