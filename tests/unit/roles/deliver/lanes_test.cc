// The ordinary course of lanes, the window, and whose turn it is.
#include "tests/unit/roles/deliver/lanes_fixture.h"

namespace wakestream::deliver {
namespace {

using LanesTest = LanesFixture;
using emitters::Verdict;

TEST_F(LanesTest, a_lane_has_one_attempt_under_way_and_lanes_go_side_by_side) {
  read("a");
  read("a");
  read("b");
  EXPECT_EQ(start(), "e00/e00/1 e02/e02/1");
  EXPECT_EQ(start(), "");
  EXPECT_EQ(lanes_->in_flight(), 2U);
  delivered("e00");
  EXPECT_EQ(start(), "e01/e01/1");
  delivered("e02");
  delivered("e01");
  EXPECT_EQ(changes(), "delivered:e00 delivered:e02 delivered:e01");
  EXPECT_EQ(changes_.partitions, std::set<std::int32_t>{0});
  EXPECT_EQ(lanes_->in_flight() + lanes_->in_memory(), 0U);
  EXPECT_TRUE(lanes_->take_changes().empty());
}

TEST_F(LanesTest, no_more_begin_than_there_is_room_for) {
  for (const auto* account : {"a", "b", "c"}) read(account);
  EXPECT_EQ(start(2), "e00/e00/1 e01/e01/1");
  EXPECT_EQ(start(0), "");
  EXPECT_EQ(start(1), "e02/e02/1");
}

TEST_F(LanesTest, what_policy_withholds_frees_its_lane_and_is_no_failure) {
  read("a");
  read("a");
  start();
  withheld("e00");
  EXPECT_EQ(start(), "e01/e01/1");
  EXPECT_EQ(changes(), "withheld:e00");
}

TEST_F(LanesTest, what_has_ended_is_on_record_and_not_done_again_after_a_restart) {
  for (const auto* account : {"a", "b", "c"}) read(account);
  start();
  delivered("e01");
  const auto record = Progress::decode(lanes_->progress(0).encode());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->next(), 0);
  restart({*record});
  read_at(0, "a");
  read_at(1, "b");
  read_at(2, "c");
  EXPECT_EQ(start(), "e00/e00/1 e02/e02/1") << "under the same sequence";
}

TEST_F(LanesTest, what_this_consumer_has_not_subscribed_to_moves_the_progress_alone) {
  log::StoredRecord event;
  event.offset = 7;
  event.headers = {{"ce_id", "e07"}};
  lanes_->pass_over(event);
  EXPECT_EQ(lanes_->progress(0).next(), 8);
  EXPECT_EQ(lanes_->progress(0).sequence(), "e07");
  EXPECT_EQ(changes(), "");
  EXPECT_EQ(changes_.partitions, std::set<std::int32_t>{0});
}

TEST_F(LanesTest, the_window_is_counted_in_events_until_they_end) {
  settings_.window_events_max = 3;
  restart();
  read("a");
  read("a");
  EXPECT_TRUE(lanes_->has_room());
  read("b");
  EXPECT_FALSE(lanes_->has_room());
  start();
  EXPECT_FALSE(lanes_->has_room()) << "under way is not ended";
  delivered("e00");
  EXPECT_TRUE(lanes_->has_room());
}

TEST_F(LanesTest, the_window_is_counted_in_bytes_too) {
  settings_.window_bytes_max = 1;
  restart();
  EXPECT_TRUE(lanes_->has_room());
  read("a");
  EXPECT_FALSE(lanes_->has_room());
}

TEST_F(LanesTest, letters_fill_the_window_until_they_are_taken_to_the_record) {
  settings_.window_events_max = 3;
  restart();
  read("a");
  start();
  fails("e00");
  changes();
  for (int at = 0; at < 3; ++at) {
    EXPECT_TRUE(lanes_->has_room());
    read("a");
  }
  EXPECT_FALSE(lanes_->has_room());
  EXPECT_EQ(lanes_->in_memory(), 0U);
  changes();
  EXPECT_TRUE(lanes_->has_room());
}

TEST_F(LanesTest, nothing_starts_while_paused_and_what_is_under_way_ends) {
  read("a");
  read("b");
  start(1);
  lanes_->set_paused(true);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), std::nullopt);
  delivered("e00");
  EXPECT_EQ(changes(), "delivered:e00");
  lanes_->set_paused(false);
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_);
  EXPECT_EQ(start(), "e01/e01/1");
}

TEST_F(LanesTest, lanes_that_wait_and_ordinary_ones_share_what_is_under_way) {
  settings_.pace.breaker_failures = 1'000;
  restart();
  for (int at = 0; at < 10; ++at) read(fmt::format("dead{}", at));
  start();
  for (int at = 0; at < 10; ++at) fails(id(at));
  for (int at = 0; at < 10; ++at) read(fmt::format("live{}", at));
  wait();
  EXPECT_EQ(lanes_->start(8, now_ms_).size(), 8U);
  EXPECT_EQ(lanes_->in_memory(), 10U);
  // Of those that hang none gets a place that an ordinary one could have.
  std::size_t live = 0;
  for (const auto& next : lanes_->start(4, now_ms_))
    live += next.event->key.starts_with("live") ? 1U : 0U;
  EXPECT_EQ(live, 2U);
}

TEST_F(LanesTest, dead_lanes_that_hang_leave_every_other_place_to_ordinary_ones) {
  settings_.pace.breaker_failures = 1'000;
  restart();
  for (int at = 0; at < 6; ++at) read(fmt::format("dead{}", at));
  start();
  for (int at = 0; at < 6; ++at) fails(id(at));
  wait();
  EXPECT_EQ(lanes_->start(4, now_ms_).size(), 4U) << "alone they may take all";
  for (int at = 0; at < 6; ++at) read(fmt::format("live{}", at));
  for (int at = 0; at < 4; ++at) {
    const auto tries = lanes_->start(1, now_ms_);
    ASSERT_EQ(tries.size(), 1U);
    EXPECT_TRUE(tries.front().event->key.starts_with("live")) << at;
  }
}

TEST_F(LanesTest, one_place_goes_from_hand_to_hand) {
  settings_.pace.breaker_failures = 1'000;
  restart();
  for (int at = 0; at < 4; ++at) read(fmt::format("dead{}", at));
  start();
  for (int at = 0; at < 4; ++at) fails(id(at));
  for (int at = 0; at < 4; ++at) read(fmt::format("live{}", at));
  wait();
  std::string turns;
  for (int at = 0; at < 6; ++at) {
    const auto tries = lanes_->start(1, now_ms_);
    ASSERT_EQ(tries.size(), 1U);
    turns += tries.front().event->key.front();
    lanes_->ended({.ticket = tries.front().ticket, .verdict = Verdict::delivered}, now_ms_);
  }
  EXPECT_TRUE(turns == "dldldl" || turns == "ldldld") << turns;
}

TEST_F(LanesTest, lanes_at_rest_are_not_asked_for_before_one_of_them_is_due) {
  read("a");
  start();
  fails("e00");
  EXPECT_EQ(start(), "");
  const auto asked = store_.due_asked;
  for (int at = 0; at < 10; ++at) EXPECT_EQ(start(), "");
  EXPECT_EQ(store_.due_asked, asked);
  const auto next = lanes_->next_start_ms(now_ms_);
  EXPECT_EQ(next, state("a").due_ms);
  now_ms_ = *next - 1;
  EXPECT_EQ(start(), "");
  now_ms_ = *next;
  EXPECT_EQ(start(), "e00/e00/2");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), std::nullopt);
}

TEST_F(LanesTest, the_next_start_waits_for_leave) {
  settings_.pace.rate_per_s = 1;
  restart();
  read("a");
  read("b");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_);
  EXPECT_EQ(start(), "e00/e00/1");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_ + 1'000);
}

TEST_F(LanesTest, an_outcome_that_nobody_waits_for_changes_nothing) {
  lanes_->ended({.ticket = 77, .verdict = Verdict::retry}, now_ms_);
  lanes_->withheld(78, now_ms_);
  EXPECT_TRUE(lanes_->take_changes().empty());
}

}  // namespace
}  // namespace wakestream::deliver
