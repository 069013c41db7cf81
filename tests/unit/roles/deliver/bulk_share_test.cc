#include "roles/deliver/bulk_share.h"

#include <gtest/gtest.h>

namespace wakestream::deliver {
namespace {

constexpr std::int64_t now_ms = 1'000'000;

TEST(BulkShareTest, alone_it_has_all_places_but_a_tenth) {
  BulkShare share(0);
  EXPECT_TRUE(share.leave(8, 10, false, now_ms));
  EXPECT_FALSE(share.leave(9, 10, false, now_ms));
  EXPECT_FALSE(share.leave(90, 100, false, now_ms));
  EXPECT_TRUE(share.leave(0, 2, false, now_ms));
  EXPECT_FALSE(share.leave(1, 2, false, now_ms));
  EXPECT_TRUE(share.leave(0, 1, false, now_ms));
}

TEST(BulkShareTest, beside_live_events_it_has_each_tenth_turn) {
  BulkShare share(0);
  int bulk = 0;
  for (int turn = 0; turn < 1'000; ++turn) {
    if (share.leave(0, 100, true, now_ms)) {
      share.began(now_ms);
      ++bulk;
    } else {
      share.live_began();
    }
  }
  EXPECT_EQ(bulk, 100);
}

TEST(BulkShareTest, a_long_row_of_live_events_does_not_give_it_more_afterwards) {
  BulkShare share(0);
  for (int turn = 0; turn < 1'000; ++turn) share.live_began();
  EXPECT_TRUE(share.leave(0, 100, true, now_ms));
  share.began(now_ms);
  EXPECT_FALSE(share.leave(0, 100, true, now_ms));
}

TEST(BulkShareTest, it_keeps_to_its_rate) {
  BulkShare share(50);
  int bulk = 0;
  for (int passed_ms = 0; passed_ms <= 10'000; ++passed_ms)
    for (; share.leave(0, 100, false, now_ms + passed_ms); ++bulk) share.began(now_ms + passed_ms);
  EXPECT_GE(bulk, 500);
  EXPECT_LE(bulk, 505) << "and a tenth of a second's at the beginning";
  const auto next = share.next_ms(0, 100, now_ms + 10'000);
  ASSERT_TRUE(next);
  EXPECT_FALSE(share.leave(0, 100, false, *next - 1));
  EXPECT_TRUE(share.leave(0, 100, false, *next));
}

TEST(BulkShareTest, when_all_its_places_are_taken_time_alone_gives_none) {
  BulkShare share(0);
  EXPECT_EQ(share.next_ms(9, 10, now_ms), std::nullopt);
  EXPECT_EQ(share.next_ms(8, 10, now_ms), now_ms);
}

}  // namespace
}  // namespace wakestream::deliver
