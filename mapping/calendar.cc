#include "mapping/calendar.h"

namespace wakestream::mapping {

std::int64_t days_of(const Civil& date) {
  const auto year = date.year - (date.month <= 2 ? 1 : 0);
  const auto era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = year - era * 400;
  const auto day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         730'425;
}

Civil civil_of(std::int64_t days) {
  days += 730'425;
  const auto era = (days >= 0 ? days : days - 146'096) / 146'097;
  const auto day_of_era = days - era * 146'097;
  const auto year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const auto day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const auto month_part = (5 * day_of_year + 2) / 153;
  const auto month = month_part < 10 ? month_part + 3 : month_part - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * month_part + 2) / 5 + 1};
}

std::int64_t days_of_month(std::int64_t year, std::int64_t month) {
  const Civil next{month < 12 ? year : year + 1, month < 12 ? month + 1 : 1, 1};
  return days_of(next) - days_of({year, month, 1});
}

std::int64_t day_of_year(std::int64_t days) {
  return days - days_of({civil_of(days).year, 1, 1}) + 1;
}

std::int64_t weekday_of(std::int64_t days) {
  // 2000-01-01 was a Saturday.
  return days + 5 - floor_quotient(days + 5, 7) * 7 + 1;
}

std::int64_t thursday_of(std::int64_t days) { return days - weekday_of(days) + 4; }

std::int64_t age_of(std::int64_t year, std::int64_t years) {
  return year > 0 ? (year - 1) / years + 1 : -(-year / years + 1);
}

std::int64_t first_year_of_age(std::int64_t year, std::int64_t years) {
  const auto age = age_of(year, years);
  return (age > 0 ? age - 1 : age) * years + 1;
}

std::int64_t floor_quotient(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

}  // namespace wakestream::mapping
