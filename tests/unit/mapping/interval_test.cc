// Intervals as texts, read and written. What PostgreSQL makes of them is held against real servers
// by expression_oracle_test.cc.
#include "mapping/interval.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <utility>

namespace wakestream::mapping::test {
namespace {

std::string rewritten(std::string_view text) {
  const auto interval = read_interval(text);
  return interval ? write_interval(*interval) : "none";
}

TEST(IntervalTest, what_postgresql_writes_is_written_again) {
  for (const auto* text :
       {"00:00:00", "1 day", "-1 days", "1 mon", "1 year 2 mons 3 days 04:05:06.789",
        "-1 years -2 mons +3 days -04:05:06", "-1 days +02:00:00", "-1 years +3 days 04:00:00",
        "00:00:00.000001", "-00:00:01.5", "2562047788:00:54.775807", "infinity", "-infinity"})
    EXPECT_EQ(rewritten(text), text);
}

TEST(IntervalTest, a_person_may_write_units_in_any_order) {
  const std::array<std::pair<const char*, const char*>, 8> cases{{
      {"2 hours 1 day", "1 day 02:00:00"},
      {" 1  week ", "7 days"},
      {"1 week 1.5 seconds", "7 days 00:00:01.5"},
      {"1 decade 2 years", "12 years"},
      {"1 h 2 m 3 s", "01:02:03"},
      {"500 milliseconds 7 us", "00:00:00.500007"},
      {"04:05 1 day", "1 day 04:05:00"},
      {"+1 day", "1 day"},
  }};
  for (const auto& [text, wanted] : cases) EXPECT_EQ(rewritten(text), wanted) << text;
}

TEST(IntervalTest, what_may_mean_two_things_or_nothing_is_none) {
  for (const auto* text : {"",
                           " ",
                           "1 WEEK",
                           "1",
                           "day",
                           "1 fortnight",
                           "1 day 1 day",
                           "1 hour 04:05",
                           "-1 day 2 hours",
                           "1.5 days",
                           "04:60",
                           "04:05:60",
                           "1 day ago",
                           "@ 1 day",
                           "P1D",
                           "1-2",
                           "- 1 day",
                           "1.1234567 seconds",
                           "99999999999 years",
                           "9223372036854775807 hours",
                           "--1 day",
                           "1 day 04:05:06.",
                           "4:5:6:7",
                           ":05",
                           "04:"})
    EXPECT_EQ(rewritten(text), "none") << text;
}

TEST(IntervalTest, months_count_thirty_days_and_days_24_hours_in_a_comparison) {
  EXPECT_EQ(compare_intervals("1 mon", "30 days"), 0);
  EXPECT_EQ(compare_intervals("1 day", "24:00:00"), 0);
  EXPECT_EQ(compare_intervals("1 day -00:00:00.000001", "24:00:00"), -1);
  EXPECT_EQ(compare_intervals("170000000 years", "2000000000 days"), 1);
  EXPECT_EQ(compare_intervals("infinity", "170000000 years"), 1);
  EXPECT_EQ(compare_intervals("1 day", "none"), std::nullopt);
}

TEST(IntervalTest, any_interval_is_read_as_it_was_written) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 5'000; ++round) {
    const auto some = [&](int bits) {
      return static_cast<std::int64_t>(random()) >> (63 - random() % static_cast<unsigned>(bits));
    };
    const Interval interval{some(31), some(31), some(62)};
    const auto text = write_interval(interval);
    EXPECT_EQ(read_interval(text), interval) << text;
  }
}

}  // namespace
}  // namespace wakestream::mapping::test
