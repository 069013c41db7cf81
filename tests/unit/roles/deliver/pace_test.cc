// How fast a consumer may be asked.
#include "roles/deliver/pace.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace wakestream::deliver {
namespace {

using Breaker = Pace::Breaker;

TEST(PaceTest, a_rate_lets_a_burst_go_and_then_as_many_as_come_to_it) {
  Pace pace({.rate_per_s = 10, .burst = 3});
  EXPECT_EQ(pace.leave(0, 0), 3U);
  for (int at = 0; at < 3; ++at) pace.began(0);
  EXPECT_EQ(pace.leave(0, 0), 0U);
  EXPECT_EQ(pace.next_ms(0), 100);
  EXPECT_EQ(pace.leave(0, 99), 0U);
  EXPECT_EQ(pace.leave(0, 100), 1U);
  EXPECT_EQ(pace.leave(0, 1'000'000), 3U) << "no more than the burst";
}

TEST(PaceTest, a_clock_that_is_set_back_takes_nothing_away) {
  Pace pace({.rate_per_s = 10, .burst = 3});
  EXPECT_EQ(pace.leave(0, 10'000), 3U);
  EXPECT_EQ(pace.leave(0, 5'000), 3U);
  for (int at = 0; at < 3; ++at) pace.began(5'000);
  EXPECT_EQ(pace.leave(0, 5'100), 1U) << "and it gains from there";
}

TEST(PaceTest, what_was_not_sent_counts_for_nothing) {
  Pace pace({.rate_per_s = 10, .burst = 1});
  EXPECT_EQ(pace.leave(0, 0), 1U);
  pace.began(0);
  EXPECT_EQ(pace.leave(0, 0), 0U);
  pace.not_sent();
  EXPECT_EQ(pace.leave(0, 0), 1U);
}

TEST(PaceTest, a_throttle_halves_once_a_wave_and_successes_bring_one_back_a_round) {
  Pace pace({.at_once_max = 8, .throttle_pause_ms = 500});
  EXPECT_EQ(pace.leave(0, 0), 8U);
  EXPECT_EQ(pace.leave(5, 0), 3U);
  EXPECT_EQ(pace.leave(9, 0), 0U);
  for (int at = 0; at < 8; ++at) pace.throttled(std::nullopt, at);
  EXPECT_EQ(pace.at_once(), 4U);
  EXPECT_EQ(pace.leave(0, 506), 0U);
  EXPECT_EQ(pace.next_ms(100), 507);
  EXPECT_EQ(pace.leave(0, 507), 4U);
  for (int at = 0; at < 4; ++at) pace.succeeded(600);
  EXPECT_EQ(pace.at_once(), 5U);
  for (int at = 0; at < 5 + 6 + 7 + 8; ++at) pace.succeeded(600);
  EXPECT_EQ(pace.at_once(), 8U) << "never more than the most";
  for (int wave = 1; wave < 10; ++wave) pace.throttled(1'000, wave * 10'000);
  EXPECT_EQ(pace.at_once(), 1U) << "never none";
}

TEST(PaceTest, where_a_request_holds_many_a_throttle_leaves_one_of_them_whole) {
  Pace pace({.at_once_max = 100, .at_once_step = 20, .throttle_pause_ms = 500});
  for (int wave = 1; wave < 10; ++wave) pace.throttled(std::nullopt, wave * 10'000);
  EXPECT_EQ(pace.at_once(), 20U);
  for (int at = 0; at < 20; ++at) pace.succeeded(200'000);
  EXPECT_EQ(pace.at_once(), 40U);
  for (int at = 0; at < 40 + 60 + 80 + 100; ++at) pace.succeeded(200'000);
  EXPECT_EQ(pace.at_once(), 100U) << "never more than the most";
}

TEST(PaceTest, nobody_asks_before_the_time_that_the_receiver_said) {
  Pace pace({});
  pace.throttled(30'000, 0);
  pace.throttled(1'000, 10);
  EXPECT_EQ(pace.leave(0, 29'999), 0U);
  EXPECT_EQ(pace.leave(0, 30'000), 50U);
}

class BreakerTest : public testing::Test {
 protected:
  // Opens it: `lanes` in turn, until one does not count.
  void open(std::int64_t now_ms) {
    for (int at = 0; at < 100; ++at)
      if (!pace_.failed(fmt::format("lane {}", at % 7), now_ms)) return;
    FAIL() << "it never opened";
  }

  Pace pace_{{.breaker_failures = 10,
              .breaker_lanes = 3,
              .breaker_pause_ms_min = 100,
              .breaker_pause_ms_max = 350}};
};

TEST_F(BreakerTest, failures_in_a_row_of_several_lanes_open_it_and_then_count_for_nothing) {
  for (int at = 0; at < 9; ++at) EXPECT_TRUE(pace_.failed(fmt::format("lane {}", at % 3), 0));
  EXPECT_FALSE(pace_.failed("lane 0", 0)) << "the one that opens it";
  EXPECT_EQ(pace_.breaker(), Breaker::open);
  EXPECT_FALSE(pace_.failed("lane 1", 5)) << "one that was under way";
  EXPECT_EQ(pace_.leave(0, 99), 0U);
  EXPECT_EQ(pace_.next_ms(50), 100);
}

TEST_F(BreakerTest, a_few_lanes_that_always_fail_do_not_open_it) {
  for (int at = 0; at < 100; ++at) EXPECT_TRUE(pace_.failed(fmt::format("lane {}", at % 2), 0));
  EXPECT_EQ(pace_.breaker(), Breaker::closed);
}

TEST_F(BreakerTest, a_success_between_begins_the_row_anew) {
  for (int at = 0; at < 100; ++at) {
    if (at % 9 == 0) pace_.succeeded(0);
    EXPECT_TRUE(pace_.failed(fmt::format("lane {}", at % 7), 0));
  }
}

TEST_F(BreakerTest, one_probe_decides_alone_and_the_pause_doubles_up_to_its_most) {
  open(0);
  EXPECT_EQ(pace_.leave(1, 100), 0U) << "another attempt is still under way";
  EXPECT_EQ(pace_.leave(0, 100), 1U);
  pace_.began(100);
  EXPECT_EQ(pace_.breaker(), Breaker::probing);
  EXPECT_EQ(pace_.leave(1, 200), 0U);
  EXPECT_EQ(pace_.next_ms(200), std::nullopt) << "the probe's answer, and nothing else";
  EXPECT_FALSE(pace_.failed("lane 0", 200));
  EXPECT_EQ(pace_.leave(0, 399), 0U);
  EXPECT_EQ(pace_.leave(0, 400), 1U);
  pace_.began(400);
  EXPECT_FALSE(pace_.failed("lane 0", 400));
  EXPECT_EQ(pace_.next_ms(400), 750) << "the most, not 800";
  EXPECT_EQ(pace_.leave(0, 750), 1U);
  pace_.began(750);
  pace_.succeeded(760);
  EXPECT_EQ(pace_.breaker(), Breaker::closed);
  EXPECT_EQ(pace_.leave(0, 760), 100U);
  open(1'000);
  EXPECT_EQ(pace_.next_ms(1'000), 1'100) << "from its shortest pause again";
}

TEST_F(BreakerTest, a_probe_that_was_not_sent_leaves_it_to_the_next_one) {
  open(0);
  EXPECT_EQ(pace_.leave(0, 100), 1U);
  pace_.began(100);
  pace_.not_sent();
  EXPECT_EQ(pace_.breaker(), Breaker::open);
  EXPECT_EQ(pace_.leave(0, 100), 1U);
}

TEST_F(BreakerTest, a_probe_that_is_throttled_found_a_receiver_that_lives) {
  open(0);
  pace_.began(100);
  pace_.throttled(1'000, 110);
  EXPECT_EQ(pace_.breaker(), Breaker::closed);
  EXPECT_EQ(pace_.leave(0, 1'109), 0U);
  EXPECT_EQ(pace_.leave(0, 1'110), 50U);
}

}  // namespace
}  // namespace wakestream::deliver
