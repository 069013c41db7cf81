// What is part of a bulk change: its share, its part of memory, and what does not want it.
#include "tests/unit/roles/deliver/lanes_fixture.h"

namespace wakestream::deliver {
namespace {

class LanesBulkTest : public LanesFixture {
 protected:
  LanesBulkTest() {
    settings_.window_events_max = 8;  // bulk's part: 2
    restart();
  }
  void treat(BulkTreatment treatment, double rate_per_s = 0) {
    settings_.bulk = {treatment, rate_per_s};
    restart();
  }
  void places(std::size_t count) {
    settings_.pace.at_once_max = count;
    restart();
  }
};

TEST_F(LanesBulkTest, beyond_its_part_of_memory_it_waits_in_letters_and_live_events_are_read) {
  for (const auto* account : {"a", "b", "c", "d"}) read_bulk(account);
  EXPECT_EQ(lanes_->in_memory(), 2U);
  EXPECT_EQ(lanes_->bulk_in_memory(), 2U);
  EXPECT_EQ(changes(), "letter:e02 letter:e03 c=waiting d=waiting");
  EXPECT_TRUE(state("c").waits_for_room());
  EXPECT_EQ(store_.sums().lanes_waiting, 0U);
  EXPECT_EQ(store_.sums().lanes_bulk, 2U);
  EXPECT_EQ(store_.sums().letters_bulk, 2U);
  for (const auto* account : {"l", "m", "n", "o", "p"}) read(account);
  EXPECT_TRUE(lanes_->has_room());
}

TEST_F(LanesBulkTest, a_live_event_of_the_account_goes_behind_it_wherever_it_waits) {
  for (const auto* account : {"a", "b", "c"}) read_bulk(account);
  read("c");
  read("a");
  EXPECT_EQ(changes(), "letter:e02 letter:e03 letter:e00 letter:e04 a=waiting c=waiting")
      << "in memory there was no room behind a's bulk event";
  EXPECT_EQ(waiting("a"), "e00 e04");
  EXPECT_EQ(start(), "e01/e01/1 e00/e00/1 e02/e02/1");
  delivered("e00");
  EXPECT_EQ(start(), "e04/e04/1");
  delivered("e02");
  EXPECT_EQ(start(), "e03/e03/1");
}

TEST_F(LanesBulkTest, while_live_events_wait_one_in_ten_is_bulk) {
  settings_.window_events_max = 400;
  places(1'000);
  for (int number = 0; number < 50; ++number) read_bulk("bulk" + std::to_string(number));
  for (int number = 0; number < 50; ++number) read("live" + std::to_string(number));
  std::size_t bulk = 0;
  for (const auto& next : lanes_->start(50, now_ms_)) bulk += is_bulk(*next.event) ? 1U : 0U;
  EXPECT_EQ(bulk, 5U);
  EXPECT_EQ(lanes_->start(1'000, now_ms_).size(), 50U) << "in the end all of it";
}

TEST_F(LanesBulkTest, a_tenth_of_the_places_stays_free_of_it) {
  settings_.window_events_max = 400;
  places(20);
  for (int number = 0; number < 50; ++number) read_bulk("bulk" + std::to_string(number));
  EXPECT_EQ(lanes_->start(1'000, now_ms_).size(), 18U);
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), std::nullopt) << "not before one ends";
  read("live");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_);
  EXPECT_EQ(lanes_->start(1'000, now_ms_).size(), 1U);
}

TEST_F(LanesBulkTest, with_one_place_there_is_one_for_it_too) {
  places(1);
  read_bulk("a");
  EXPECT_EQ(start(), "e00/e00/1");
}

TEST_F(LanesBulkTest, with_a_rate_it_starts_no_faster_and_live_events_do_not_wait_for_that) {
  treat(BulkTreatment::slow, 5);
  for (const auto* account : {"a", "b", "c"}) read_bulk(account);
  EXPECT_EQ(start(), "e00/e00/1");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_ + 200);
  read("l");
  EXPECT_EQ(start(), "e03/e03/1");
  now_ms_ += 199;
  EXPECT_EQ(start(), "");
  now_ms_ += 1;
  EXPECT_EQ(start(), "e02/e02/1") << "out of the letters, or out of memory";
}

TEST_F(LanesBulkTest, what_policy_withholds_of_it_takes_nothing_of_the_rate) {
  treat(BulkTreatment::slow, 5);
  read_bulk("a");
  read_bulk("b");
  EXPECT_EQ(start(), "e00/e00/1");
  withheld("e00");
  EXPECT_EQ(start(), "e01/e01/1");
}

TEST_F(LanesBulkTest, where_nothing_can_start_no_more_of_it_is_read) {
  read_bulk("a");
  lanes_->set_paused(true);
  EXPECT_TRUE(lanes_->has_room());
  read_bulk("b");
  EXPECT_FALSE(lanes_->has_room());
  lanes_->set_paused(false);
  EXPECT_TRUE(lanes_->has_room());
}

TEST_F(LanesBulkTest, what_is_urgent_overtakes_it_and_is_no_part_of_it) {
  for (const auto* account : {"a", "b", "c"}) read_bulk(account);
  read_bulk("c", narrower);
  read("d", deletion);
  EXPECT_EQ(store_.front("c")->id(), "e03");
  EXPECT_FALSE(state("c").bulk);
  EXPECT_EQ(start(2), "e04/e04/1 e03/e03/1") << "live ones first";
}

TEST_F(LanesBulkTest, one_that_fails_is_a_failure_as_any_other) {
  read_bulk("a");
  start();
  fails("e00");
  EXPECT_TRUE(state("a").bulk);
  EXPECT_FALSE(state("a").waits_for_room());
  EXPECT_EQ(store_.sums().lanes_waiting, 1U);
  wait();
  EXPECT_EQ(start(), "e00/e00/2");
}

TEST_F(LanesBulkTest, an_attempt_under_way_stays_so_while_its_lane_becomes_letters) {
  read("a");
  EXPECT_EQ(start(), "e00/e00/1");
  read_bulk("b");
  read_bulk("c");
  read_bulk("a");
  EXPECT_EQ(changes(), "letter:e03 a=waiting");
  EXPECT_EQ(lanes_->in_memory(), 3U);
  fails("e00");
  EXPECT_EQ(waiting("a"), "e00 e03");
  EXPECT_EQ(lanes_->in_memory(), 2U);
}

TEST_F(LanesBulkTest, when_the_last_of_it_has_ended_its_lane_is_as_any_other) {
  settings_.window_events_max = 40;
  restart();
  read("a");
  read_bulk("a");
  read("a");
  EXPECT_EQ(lanes_->bulk_in_memory(), 3U) << "what stands before and behind it is of its part";
  start();
  delivered("e00");
  start();
  delivered("e01");
  EXPECT_EQ(lanes_->bulk_in_memory(), 0U);
  EXPECT_EQ(lanes_->in_memory(), 1U);
  EXPECT_EQ(start(), "e02/e02/1");
  delivered("e02");
  EXPECT_EQ(lanes_->in_memory(), 0U);
}

TEST_F(LanesBulkTest, who_takes_it_as_live_has_no_part_and_no_share_of_it) {
  treat(BulkTreatment::live);
  for (const auto* account : {"a", "b", "c", "d"}) read_bulk(account);
  EXPECT_EQ(changes(), "");
  EXPECT_EQ(lanes_->in_memory(), 4U);
  EXPECT_EQ(start(), "e00/e00/1 e01/e01/1 e02/e02/1 e03/e03/1");
}

TEST_F(LanesBulkTest, muted_it_ends_at_once_but_for_what_is_urgent) {
  treat(BulkTreatment::mute);
  read_bulk("a");
  read_bulk("a", narrower);
  read_bulk("b", deletion);
  read("a");
  EXPECT_EQ(changes(), "muted:e00");
  EXPECT_EQ(start(), "e01/e01/1 e02/e02/1");
}

TEST_F(LanesBulkTest, muted_ones_that_are_not_on_record_yet_count_as_memory) {
  treat(BulkTreatment::mute);
  for (int number = 0; number < 8; ++number) read_bulk("a");
  EXPECT_FALSE(lanes_->has_room());
  changes();
  EXPECT_TRUE(lanes_->has_room());
}

TEST_F(LanesBulkTest, letters_of_a_consumer_that_mutes_it_since_end_in_their_turn) {
  for (const auto* account : {"a", "b", "c", "c"}) read_bulk(account);
  read("c");
  changes();
  settings_.bulk.treatment = BulkTreatment::mute;
  Progress progress;
  for (std::int64_t offset = 0; offset < 5; ++offset) progress.read(offset);
  for (std::int64_t offset = 0; offset < 5; ++offset) progress.done(offset);
  restart({progress});
  EXPECT_EQ(start(), "");
  EXPECT_EQ(start(), "");
  EXPECT_EQ(changes(), "settled:e02 settled:e03 c=waiting muted:e02 muted:e03");
  EXPECT_EQ(start(), "e04/e04/1");
}

}  // namespace
}  // namespace wakestream::deliver
