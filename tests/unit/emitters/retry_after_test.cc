#include "emitters/http/retry_after.h"

#include <gtest/gtest.h>

namespace wakestream::emitters {
namespace {

using std::chrono::seconds;

// date -u -d '2026-01-02 03:04:05' +%s
constexpr std::chrono::sys_seconds now{seconds{1'767'323'045}};

TEST(RetryAfterTest, seconds_and_dates_are_read) {
  EXPECT_EQ(parse_retry_after("120", now), seconds{120});
  EXPECT_EQ(parse_retry_after("0", now), seconds{0});
  EXPECT_EQ(parse_retry_after("Fri, 02 Jan 2026 03:05:05 GMT", now), seconds{60});
}

TEST(RetryAfterTest, a_date_that_is_over_is_now) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), seconds{0});
}

TEST(RetryAfterTest, nobody_stops_a_consumer_for_longer_than_a_day) {
  EXPECT_EQ(parse_retry_after("86401", now), retry_after_max);
  EXPECT_EQ(parse_retry_after("99999999999999999999999", now), retry_after_max);
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 2099 00:00:00 GMT", now), retry_after_max);
}

TEST(RetryAfterTest, anything_else_is_nothing) {
  for (const auto* text : {"", " 5", "-5", "1.5", "soon", "Fri, 32 Jan 2026 03:05:05 GMT",
                           "Fri, 02 Jan 2026 24:05:05 GMT", "Fri, 02 Jan 2026 03:05:05 CET",
                           "Fri, -2 Jan 2026 03:05:05 GMT", "Friday, 02-Jan-26 03:05:05 GMT"})
    EXPECT_EQ(parse_retry_after(text, now), std::nullopt) << text;
}

}  // namespace
}  // namespace wakestream::emitters
