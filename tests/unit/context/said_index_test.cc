// What was said last of each account and type.
#include "context/said_index.h"

#include <gtest/gtest.h>

namespace wakestream::context {
namespace {

class SaidIndexTest : public testing::Test {
 protected:
  static SaidEvent event(std::uint64_t key, std::uint64_t content, std::uint64_t lsn,
                         std::uint32_t type = 0) {
    return {key, type, {content, ~content}, 1, lsn};
  }
  void take(std::vector<SaidEvent> events) {
    const auto taken = index_->take(events);
    ASSERT_TRUE(taken) << taken.error();
  }
  void sort() {
    const auto sorted = index_->sort();
    ASSERT_TRUE(sorted) << sorted.error();
  }
  bool meets(std::uint64_t key, std::uint64_t content, std::uint32_t type = 0) {
    const auto same = index_->meet(event(key, content, ~0ULL >> 1U, type));
    EXPECT_TRUE(same) << same.error();
    return same.value_or(false);
  }

  std::unique_ptr<SaidIndex> index_ = std::move(*SaidIndex::make(1U << 20U, 2));
};

TEST_F(SaidIndexTest, the_newest_by_its_place_counts_in_whatever_order_it_is_read) {
  take({event(7, 1, 100), event(7, 2, 300), event(7, 3, 200), event(8, 4, 100), event(8, 5, 100)});
  sort();
  EXPECT_TRUE(meets(7, 2));
  EXPECT_FALSE(meets(7, 1));
  EXPECT_FALSE(meets(7, 3));
  EXPECT_TRUE(meets(8, 5)) << "at the same place the last that was read";
  EXPECT_FALSE(meets(9, 1)) << "nothing was said of it";
}

TEST_F(SaidIndexTest, an_older_epoch_is_older_whatever_its_lsn) {
  auto newer = event(7, 2, 100);
  newer.epoch = 2;
  take({newer, event(7, 1, 900)});
  sort();
  EXPECT_TRUE(meets(7, 2));
}

TEST_F(SaidIndexTest, keys_and_contents_have_all_their_bits) {
  take({event(~0ULL, ~0ULL, 1), event(1ULL << 63U, 1ULL << 63U, 1)});
  sort();
  EXPECT_TRUE(meets(~0ULL, ~0ULL));
  EXPECT_TRUE(meets(1ULL << 63U, 1ULL << 63U));
  EXPECT_FALSE(meets(0, ~0ULL));
}

TEST_F(SaidIndexTest, what_is_said_now_takes_the_place_of_what_was) {
  take({event(7, 1, 100)});
  sort();
  ASSERT_TRUE(index_->say(event(7, 2, 200)));
  EXPECT_FALSE(meets(7, 1));
  EXPECT_TRUE(meets(7, 2));
  ASSERT_TRUE(index_->say(event(7, 3, 150))) << "said again at an older place";
  EXPECT_TRUE(meets(7, 2));
  ASSERT_TRUE(index_->say(event(9, 4, 200)));
  EXPECT_TRUE(meets(9, 4));
}

TEST_F(SaidIndexTest, what_is_forgotten_is_not_known) {
  take({event(7, 1, 100), event(8, 1, 100)});
  sort();
  ASSERT_TRUE(index_->forget(7));
  ASSERT_TRUE(index_->forget(77));
  EXPECT_FALSE(meets(7, 1));
  EXPECT_TRUE(meets(8, 1));
  EXPECT_EQ(index_->count(0), 1U);
}

TEST_F(SaidIndexTest, what_was_never_met_is_counted_by_type) {
  take({event(1, 1, 100), event(2, 1, 100), event(3, 1, 100, 1), event(1, 2, 200)});
  sort();
  EXPECT_EQ(index_->count(0), 2U);
  EXPECT_EQ(index_->not_met(0), 2U);
  meets(1, 5);
  ASSERT_TRUE(index_->say(event(1, 5, 300)));
  meets(1, 5);
  EXPECT_EQ(index_->not_met(0), 1U) << "once for each account, whatever its row says";
  EXPECT_EQ(index_->not_met(1), 1U);
  ASSERT_TRUE(index_->say(event(4, 1, 300)));
  EXPECT_EQ(index_->not_met(0), 1U) << "it was not said before";
  take({event(5, 1, 250), event(2, 3, 250)});
  EXPECT_EQ(index_->count(0), 3U) << "this was, and is read late";
  EXPECT_TRUE(meets(2, 3));
}

TEST_F(SaidIndexTest, more_than_its_memory_holds) {
  constexpr std::uint64_t count = 60'000;
  for (std::uint64_t number = 0; number < count; ++number)
    take({event(number * 0x9E3779B97F4A7C15ULL, number, 1)});
  sort();
  EXPECT_EQ(index_->count(0), count);
  for (std::uint64_t number = 0; number < count; number += 17)
    ASSERT_TRUE(meets(number * 0x9E3779B97F4A7C15ULL, number)) << number;
}

TEST_F(SaidIndexTest, a_long_sort_is_given_up) {
  constexpr std::uint64_t count = 50'000;
  std::vector<SaidEvent> events;
  events.reserve(count);
  for (std::uint64_t number = 0; number < count; ++number) events.push_back(event(number, 1, 1));
  take(events);
  std::atomic<bool> gives_up{true};
  index_->watch(&gives_up);
  EXPECT_FALSE(index_->sort());
  index_->watch(nullptr);
}

}  // namespace
}  // namespace wakestream::context
