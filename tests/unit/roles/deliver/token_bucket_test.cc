#include "roles/deliver/token_bucket.h"

#include <gtest/gtest.h>

#include <limits>

namespace wakestream::deliver {
namespace {

TEST(TokenBucketTest, at_the_beginning_it_is_full_and_never_fuller) {
  TokenBucket bucket(10, 3);
  EXPECT_EQ(bucket.count(0), 3U);
  EXPECT_EQ(bucket.count(1'000'000), 3U);
  bucket.give_back();
  EXPECT_EQ(bucket.count(1'000'000), 3U);
}

TEST(TokenBucketTest, what_was_taken_comes_again_at_its_rate) {
  TokenBucket bucket(10, 3);
  for (int at = 0; at < 3; ++at) bucket.take(0);
  EXPECT_EQ(bucket.next_ms(0), 100);
  EXPECT_EQ(bucket.count(99), 0U);
  EXPECT_EQ(bucket.count(100), 1U);
  EXPECT_EQ(bucket.next_ms(100), 100);
  EXPECT_EQ(bucket.count(200), 2U);
}

TEST(TokenBucketTest, in_a_long_time_no_more_go_than_the_rate_and_a_burst) {
  TokenBucket bucket(3, 1);  // of which no whole number is a millisecond's
  int taken = 0;
  for (std::int64_t now_ms = 0; now_ms <= 100'000; now_ms = bucket.next_ms(now_ms), ++taken) {
    ASSERT_GT(bucket.count(now_ms), 0U) << now_ms;
    bucket.take(now_ms);
  }
  EXPECT_LE(taken, 301);
  EXPECT_GE(taken, 299) << "a token is there a millisecond late at most";
}

TEST(TokenBucketTest, less_than_one_in_a_burst_is_one) {
  TokenBucket bucket(0.5, 0.05);
  EXPECT_EQ(bucket.count(0), 1U);
  bucket.take(0);
  EXPECT_EQ(bucket.next_ms(0), 2'000);
}

TEST(TokenBucketTest, what_was_taken_unasked_is_owed_and_what_was_given_back_is_there) {
  TokenBucket bucket(10, 1);
  bucket.take(0);
  bucket.take(0);
  EXPECT_EQ(bucket.count(0), 0U);
  EXPECT_EQ(bucket.next_ms(0), 200);
  bucket.give_back();
  EXPECT_EQ(bucket.next_ms(0), 100);
}

TEST(TokenBucketTest, a_clock_that_is_set_back_takes_nothing_away_and_more_comes_from_there) {
  TokenBucket bucket(10, 2);
  EXPECT_EQ(bucket.count(10'000), 2U);
  EXPECT_EQ(bucket.count(5'000), 2U);
  bucket.take(5'000);
  bucket.take(5'000);
  EXPECT_EQ(bucket.next_ms(5'000), 5'100);
  EXPECT_EQ(bucket.count(5'100), 1U);
}

TEST(TokenBucketTest, without_a_rate_there_is_no_limit) {
  TokenBucket bucket(0, 0);
  for (int at = 0; at < 1'000; ++at) bucket.take(0);
  EXPECT_EQ(bucket.count(0), std::numeric_limits<std::size_t>::max());
  EXPECT_EQ(bucket.next_ms(7), 7);
}

}  // namespace
}  // namespace wakestream::deliver
