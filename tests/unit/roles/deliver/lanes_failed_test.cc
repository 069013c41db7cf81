// What becomes of a lane whose event fails.
#include "tests/unit/roles/deliver/lanes_fixture.h"

namespace wakestream::deliver {
namespace {

using LanesFailedTest = LanesFixture;
using emitters::Verdict;

TEST_F(LanesFailedTest, it_and_what_stands_behind_it_become_letters_in_order) {
  for (int at = 0; at < 3; ++at) read("a");
  read("b");
  start();
  fails("e00");
  EXPECT_EQ(changes(), "letter:e00 letter:e01 letter:e02 a=waiting failed:e00");
  EXPECT_EQ(lanes_->progress(0).next(), 3) << "letters are on record; b's event has not ended";
  EXPECT_EQ(lanes_->in_memory(), 1U);
  const auto lane = state("a");
  EXPECT_EQ(lane.attempts, 1U);
  EXPECT_EQ(lane.front, "e00");
  EXPECT_EQ(lane.sequence, "e00");
  EXPECT_EQ(lane.error, "the receiver said no");
  EXPECT_EQ(lane.status, 500);
  EXPECT_GE(lane.due_ms, now_ms_ + settings_.pause_ms_min / 2);
  EXPECT_LE(lane.due_ms, now_ms_ + settings_.pause_ms_min);

  EXPECT_EQ(read("a"), 4);
  EXPECT_EQ(changes(), "letter:e04") << "at once";
  EXPECT_EQ(start(), "");
  wait();
  EXPECT_EQ(start(), "e00/e00/2") << "a retry keeps its sequence";
  delivered("e00");
  EXPECT_EQ(changes(), "settled:e00 a=waiting delivered:e00");
  for (const auto* next : {"e01", "e02"}) {
    EXPECT_EQ(start(), fmt::format("{0}/{0}/1", next));
    delivered(next);
  }
  EXPECT_EQ(start(), "e04/e04/1");
  delivered("e04");
  EXPECT_EQ(changes(),
            "settled:e01 settled:e02 settled:e04 a=ordinary "
            "delivered:e01 delivered:e02 delivered:e04");
  read("a");
  EXPECT_EQ(lanes_->in_memory(), 2U) << "ordinary again";
}

TEST_F(LanesFailedTest, an_attempt_of_unknown_outcome_counts_as_one_that_failed) {
  read("a");
  start();
  ends("e00", Verdict::unknown);
  EXPECT_EQ(changes(), "letter:e00 a=waiting failed:e00");
  EXPECT_EQ(state("a").attempts, 1U);
}

TEST_F(LanesFailedTest, the_pause_doubles_up_to_its_most_and_the_receiver_may_ask_for_more) {
  settings_.attempts_max = 100;
  settings_.pause_ms_min = 1'000;
  settings_.pause_ms_max = 5'000;
  restart();
  read("a");
  for (const auto pause : {1'000, 2'000, 4'000, 5'000, 5'000}) {
    ASSERT_NE(start(), "");
    fails("e00");
    EXPECT_GE(state("a").due_ms, now_ms_ + pause / 2);
    EXPECT_LE(state("a").due_ms, now_ms_ + pause);
    now_ms_ = state("a").due_ms;
  }
  start();
  ends("e00", Verdict::retry, std::chrono::seconds(60));
  EXPECT_EQ(state("a").due_ms, now_ms_ + 60'000);
}

TEST_F(LanesFailedTest, lanes_that_failed_together_do_not_come_back_together) {
  settings_.pace.breaker_failures = 1'000;
  restart();
  for (int at = 0; at < 20; ++at) read(fmt::format("a{}", at));
  start();
  std::set<std::int64_t> due;
  for (int at = 0; at < 20; ++at) {
    fails(id(at));
    due.insert(state(fmt::format("a{}", at)).due_ms);
  }
  EXPECT_GT(due.size(), 10U);
}

TEST_F(LanesFailedTest, failures_while_the_receiver_is_away_are_not_the_events) {
  settings_.pace = {.breaker_failures = 2, .breaker_lanes = 2, .breaker_pause_ms_min = 100};
  restart();
  read("a");
  read("b");
  start();
  fails("e00");
  fails("e01");
  EXPECT_EQ(state("a").attempts, 1U);
  EXPECT_EQ(state("b").attempts, 0U) << "the breaker opened";
  EXPECT_EQ(state("b").due_ms, now_ms_);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_ + 100);
  for (int at = 0; at < 10; ++at) {
    now_ms_ = *lanes_->next_start_ms(now_ms_);
    const auto probe = start();
    ASSERT_TRUE(probe == "e00/e00/2" || probe == "e01/e01/1") << probe;
    fails(probe.substr(0, 3));
  }
  EXPECT_EQ(state("a").attempts, 1U);
  EXPECT_EQ(state("b").attempts, 0U);
}

TEST_F(LanesFailedTest, a_throttle_puts_it_back_and_nothing_counts) {
  read("a");
  read("a");
  start();
  ends("e00", Verdict::throttle, std::chrono::seconds(7));
  EXPECT_EQ(changes(), "failed:e00") << "in memory, and the lane is ordinary";
  EXPECT_EQ(lanes_->in_memory(), 2U);
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_ + 7'000);
  now_ms_ += 7'000;
  EXPECT_EQ(start(), "e00/e00/1");
  fails("e00");
  changes();
  wait();
  EXPECT_EQ(start(), "e00/e00/2");
  ends("e00", Verdict::throttle);
  EXPECT_EQ(changes(), "failed:e00");
  wait();
  EXPECT_EQ(start(), "e00/e00/2") << "a letter stays the letter that it is";
}

TEST_F(LanesFailedTest, a_receiver_that_wants_nothing_pauses_the_consumer_until_somebody_says_so) {
  read("a");
  read("b");
  start(1);
  ends("e00", Verdict::disable);
  EXPECT_TRUE(lanes_->paused());
  EXPECT_EQ(lanes_->take_disabled(), "the receiver said no");
  EXPECT_EQ(lanes_->take_disabled(), std::nullopt);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(changes(), "failed:e00");
  lanes_->set_paused(false);
  EXPECT_EQ(start(), "e01/e01/1 e00/e00/1");
}

TEST_F(LanesFailedTest, when_retries_are_used_up_it_is_parked_and_what_follows_waits) {
  read("a");
  read("a");
  for (const auto* attempt : {"e00/e00/1", "e00/e00/2", "e00/e00/3"}) {
    EXPECT_EQ(start(), attempt);
    fails("e00");
    wait();
  }
  EXPECT_EQ(changes(), "letter:e00 letter:e01 a=parked failed:e00 failed:e00 parked:e00");
  EXPECT_EQ(state("a").front, "e00");
  EXPECT_EQ(state("a").status, 500);
  read("a");
  EXPECT_EQ(changes(), "letter:e02");
  EXPECT_EQ(start(), "");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), std::nullopt);
}

TEST_F(LanesFailedTest, what_a_receiver_will_never_take_is_parked_at_once) {
  read("a");
  read("a");
  start();
  ends("e00", Verdict::park);
  EXPECT_EQ(changes(), "letter:e00 letter:e01 a=parked parked:e00");
}

TEST_F(LanesFailedTest, a_skipped_one_is_a_dead_letter_and_the_lane_stays_ordinary) {
  read("a", phone);
  read("a");
  start();
  ends("e00", Verdict::park);
  EXPECT_EQ(changes(), "dead:e00 skipped:e00");
  EXPECT_EQ(changes_.letters.front().error, "the receiver said no");
  EXPECT_EQ(lanes_->progress(0).next(), 1);
  EXPECT_EQ(lanes_->in_memory(), 1U);
  EXPECT_EQ(start(), "e01/e01/1");
  delivered("e01");
  EXPECT_EQ(waiting("a"), "dead:e00");
}

TEST_F(LanesFailedTest,
       a_skipped_letter_lets_the_next_one_go_and_keeps_no_lane_from_being_ordinary) {
  read("a", phone);
  read("a");
  start();
  for (int at = 0; at < 2; ++at) {
    fails("e00");
    wait();
    start();
  }
  fails("e00");
  changes();
  EXPECT_EQ(waiting("a"), "dead:e00 e01");
  EXPECT_EQ(start(), "e01/e01/1");
  delivered("e01");
  EXPECT_EQ(changes(), "settled:e01 a=ordinary delivered:e01");
  EXPECT_EQ(waiting("a"), "dead:e00");
}

TEST_F(LanesFailedTest, a_newer_one_of_its_type_in_memory_makes_it_moot) {
  read("a", tier);
  read("a");
  read("a", tier);
  start();
  ends("e00", Verdict::park);
  EXPECT_EQ(changes(), "superseded:e00") << "the lane stays ordinary";
  EXPECT_EQ(start(), "e01/e01/1");
}

TEST_F(LanesFailedTest, a_newer_letter_of_its_type_makes_it_moot) {
  read("a", tier);
  read("a", tier);
  start();
  fails("e00");
  wait();
  start();
  ends("e00", Verdict::park);
  EXPECT_EQ(changes(), "letter:e00 letter:e01 settled:e00 a=waiting failed:e00 superseded:e00");
  EXPECT_EQ(start(), "e01/e01/1");
}

TEST_F(LanesFailedTest, without_a_newer_one_it_is_parked_until_one_is_read) {
  read("a", tier);
  read("a");
  start();
  ends("e00", Verdict::park);
  EXPECT_EQ(changes(), "letter:e00 letter:e01 a=parked parked:e00");
  read("a", email);
  EXPECT_EQ(changes(), "letter:e02");
  read("a", tier);
  EXPECT_EQ(changes(), "letter:e03 settled:e00 a=waiting superseded:e00");
  EXPECT_EQ(start(), "e01/e01/1");
}

TEST_F(LanesFailedTest, a_restart_goes_on_from_what_is_on_record) {
  read("a");
  read("a");
  start();
  fails("e00");
  const auto record = lanes_->progress(0);
  const auto due = state("a").due_ms;
  restart({record});
  EXPECT_EQ(start(), "");
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), due);
  now_ms_ = due;
  EXPECT_EQ(start(), "e00/e00/2");
  restart({record});  // with the attempt under way
  EXPECT_EQ(start(), "e00/e00/2");
  fails("e00");
  EXPECT_EQ(state("a").attempts, 2U);
}

}  // namespace
}  // namespace wakestream::deliver
