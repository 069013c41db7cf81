#include "roles/deliver/commit_clock.h"

#include <gtest/gtest.h>

namespace wakestream::deliver {
namespace {

constexpr std::int64_t t = 1'000'000;

TEST(CommitClockTest,
     what_a_commit_put_on_record_begins_within_its_time_from_the_commits_beginning) {
  CommitClock clock(4'000);
  clock.succeeded(t, t + 1'500);
  EXPECT_EQ(clock.begin_by_ms(), t + 4'000);
  clock.succeeded(t + 2'000, t + 2'001);
  EXPECT_EQ(clock.begin_by_ms(), t + 6'000);
}

TEST(CommitClockTest, a_proof_is_old_when_half_of_its_time_is_over) {
  CommitClock clock(4'000);
  EXPECT_TRUE(clock.is_proof_old(t)) << "there was none yet";
  clock.succeeded(t, t + 5);
  EXPECT_FALSE(clock.is_proof_old(t + 2'000));
  EXPECT_TRUE(clock.is_proof_old(t + 2'001));
}

TEST(CommitClockTest, a_commit_that_took_longer_than_that_proves_nothing_any_more) {
  CommitClock clock(4'000);
  clock.succeeded(t, t + 9'000);
  EXPECT_LT(clock.begin_by_ms(), t + 9'000);
  EXPECT_TRUE(clock.is_proof_old(t + 9'000));
}

TEST(CommitClockTest,
     the_next_transaction_waits_as_long_as_a_long_one_took_and_a_tenth_of_a_second_at_most) {
  CommitClock clock(4'000);
  clock.succeeded(t, t + 9);
  EXPECT_EQ(clock.gap_left_ms(t + 9), 0);
  clock.succeeded(t, t + 40);
  EXPECT_EQ(clock.gap_left_ms(t + 40), 40);
  EXPECT_EQ(clock.gap_left_ms(t + 70), 10);
  EXPECT_EQ(clock.gap_left_ms(t + 90), 0);
  clock.succeeded(t, t + 3'000);
  EXPECT_EQ(clock.gap_left_ms(t + 3'000), 100);
}

}  // namespace
}  // namespace wakestream::deliver
