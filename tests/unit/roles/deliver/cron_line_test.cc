// Lines of a crontab: which minutes they mean, and which lines are none.
#include "roles/deliver/cron_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace wakestream::deliver {
namespace {

using testing::HasSubstr;

// "2026-11-28 23:17" of UTC; with seconds where there are any.
std::int64_t ms(int year, unsigned month, unsigned day, int hour, int minute, int second = 0) {
  using namespace std::chrono;
  const sys_days date{std::chrono::year{year} / month / day};
  return duration_cast<milliseconds>(
             (date + hours{hour} + minutes{minute} + seconds{second}).time_since_epoch())
      .count();
}
std::string text(std::int64_t time_ms) {
  using namespace std::chrono;
  const sys_time<minutes> at{duration_cast<minutes>(milliseconds{time_ms})};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const auto into = (at - day).count();
  return fmt::format("{}-{:02}-{:02} {:02}:{:02}", int{date.year()}, unsigned{date.month()},
                     unsigned{date.day()}, into / 60, into % 60);
}

// The first `count` times behind Saturday, 28 November 2026, 23:17:30.
std::vector<std::string> times(std::string_view line, int count = 3) {
  const auto read = CronLine::parse(line);
  EXPECT_TRUE(read) << line << ": " << read.error();
  std::vector<std::string> found;
  auto at = ms(2026, 11, 28, 23, 17, 30);
  for (int number = 0; read && number < count; ++number)
    found.push_back(text(at = read->next_ms(at)));
  return found;
}

std::string refusal(std::string_view line) {
  const auto read = CronLine::parse(line);
  return read ? "no refusal" : read.error();
}

using Times = std::vector<std::string>;

TEST(CronLine, every_minute_is_the_next_one_and_never_the_one_that_is) {
  EXPECT_EQ(times("* * * * *"),
            (Times{"2026-11-28 23:18", "2026-11-28 23:19", "2026-11-28 23:20"}));
  const auto every = *CronLine::parse("* * * * *");
  EXPECT_EQ(every.next_ms(ms(2026, 11, 28, 23, 17)), ms(2026, 11, 28, 23, 18));
  EXPECT_EQ(every.next_ms(ms(2026, 11, 28, 23, 17) - 1), ms(2026, 11, 28, 23, 17));
}

TEST(CronLine, numbers_ranges_steps_and_lists) {
  EXPECT_EQ(times("15 */2 * * *"),
            (Times{"2026-11-29 00:15", "2026-11-29 02:15", "2026-11-29 04:15"}));
  EXPECT_EQ(times("0 8-18/5 * * *", 4), (Times{"2026-11-29 08:00", "2026-11-29 13:00",
                                               "2026-11-29 18:00", "2026-11-30 08:00"}));
  EXPECT_EQ(times("50,5,20-22 3 * * *", 6),
            (Times{"2026-11-29 03:05", "2026-11-29 03:20", "2026-11-29 03:21", "2026-11-29 03:22",
                   "2026-11-29 03:50", "2026-11-30 03:05"}));
  EXPECT_EQ(times("*/40 23 * * *", 3),
            (Times{"2026-11-28 23:40", "2026-11-29 23:00", "2026-11-29 23:40"}));
  EXPECT_EQ(times("\t30  4 1\t*  * "),
            (Times{"2026-12-01 04:30", "2027-01-01 04:30", "2027-02-01 04:30"}))
      << "white space is any";
}

TEST(CronLine, names_of_months_and_days) {
  EXPECT_EQ(times("0 0 1 jan,JUL *"),
            (Times{"2027-01-01 00:00", "2027-07-01 00:00", "2028-01-01 00:00"}));
  EXPECT_EQ(times("0 12 * * Mon-fri", 2), (Times{"2026-11-30 12:00", "2026-12-01 12:00"}));
  EXPECT_EQ(times("0 12 * mar sun", 2), (Times{"2027-03-07 12:00", "2027-03-14 12:00"}));
}

TEST(CronLine, sunday_is_0_and_7) {
  const Times sundays{"2026-11-29 00:00", "2026-12-06 00:00", "2026-12-13 00:00"};
  EXPECT_EQ(times("0 0 * * 0"), sundays);
  EXPECT_EQ(times("0 0 * * 7"), sundays);
  EXPECT_EQ(times("0 0 * * 6-7", 2), (Times{"2026-11-29 00:00", "2026-12-05 00:00"}));
}

// crontab(5): "If both fields are restricted (i.e., do not contain the "*" character), the command
// will be run when either field matches the current time."
TEST(CronLine, where_both_days_are_restricted_either_is_enough) {
  EXPECT_EQ(times("30 4 1,15 * 5", 4), (Times{"2026-12-01 04:30", "2026-12-04 04:30",
                                              "2026-12-11 04:30", "2026-12-15 04:30"}));
  EXPECT_EQ(times("30 4 */2 * 5", 3),
            (Times{"2026-12-11 04:30", "2026-12-25 04:30", "2027-01-01 04:30"}))
      << "else it must be both: odd days that are Fridays";
}

TEST(CronLine, the_calendar_is_kept) {
  EXPECT_EQ(times("0 0 31 * *"),
            (Times{"2026-12-31 00:00", "2027-01-31 00:00", "2027-03-31 00:00"}));
  EXPECT_EQ(times("0 0 29 2 *", 2), (Times{"2028-02-29 00:00", "2032-02-29 00:00"}));
  const auto leap = *CronLine::parse("0 0 29 2 *");
  EXPECT_EQ(leap.next_ms(ms(2096, 3, 1, 0, 0)), ms(2104, 2, 29, 0, 0)) << "2100 is none";
  EXPECT_EQ(times("59 23 31 12 *", 1), (Times{"2026-12-31 23:59"}));
}

TEST(CronLine, what_is_no_line_is_refused_with_what_it_may_be) {
  EXPECT_EQ(refusal("15 */2 * *"),
            "it has 4 fields, and must have five: minute, hour, day of month, month, day of week");
  EXPECT_THAT(refusal("@daily"), HasSubstr("it has 1 field,"));
  EXPECT_THAT(refusal(""), HasSubstr("it has 0 fields"));
  EXPECT_THAT(refusal("0 15 */2 * * *"), HasSubstr("it has 6 fields"));
  EXPECT_EQ(refusal("60 * * * *"),
            "its minute \"60\" must be *, a number from 0 to 59, a range (0-59), either * or a "
            "range with a step (*/2), or a list of such with commas");
  EXPECT_EQ(refusal("* * * * 8"),
            "its day of week \"8\" must be *, a number from 0 to 7 or a name (sun to sat), a range "
            "(0-7), either * or a range with a step (*/2), or a list of such with commas");
}

TEST(CronLine, each_field_has_its_own_limits) {
  for (const auto* line :
       {"-1 * * * *",      "* 24 * * *",  "* * 0 * *",           "* * 32 * *",
        "* * * 0 *",       "* * * 13 *",  "* * * foo *",         "* * * january *",
        "jan * * * *",     "5-2 * * * *", "*/0 * * * *",         "5/2 * * * *",
        "*/ * * * *",      "1, * * * *",  ",1 * * * *",          "1,,2 * * * *",
        "1-2-3 * * * *",   "1- * * * *",  "** * * * *",          "1.5 * * * *",
        "+1 * * * *",      "0x1 * * * *", "* * L * *",           "* * 15W * *",
        "* * * * 5#2",     "* * ? * *",   "99999999999 * * * *", "*/99999999999 * * * *",
        "* * * * fri-mon", "1-5/ * * * *"})
    EXPECT_THAT(refusal(line), HasSubstr(" must be *, a number from")) << line;
}

TEST(CronLine, a_day_that_never_comes_is_refused) {
  EXPECT_EQ(refusal("0 0 30 2 *"), "no day ever matches it: that day is in none of its months");
  EXPECT_THAT(refusal("0 0 31 4,6,9,11 *"), HasSubstr("no day ever"));
  EXPECT_EQ(refusal("0 0 30 2 mon"), "no refusal") << "each Monday of February";
}

TEST(CronLine, keeps_its_text) { EXPECT_EQ(CronLine::parse("1 2 3 4 *")->text(), "1 2 3 4 *"); }

}  // namespace
}  // namespace wakestream::deliver
