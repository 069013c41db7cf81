// What a person asks to be tried again.
#include "roles/deliver/lane_letters.h"
#include "tests/unit/roles/deliver/lanes_fixture.h"

namespace wakestream::deliver {
namespace {

using emitters::Verdict;

class LanesReplayTest : public LanesFixture {
 protected:
  std::size_t replay(std::string_view account, std::string_view type = {}) {
    return lanes_->replay(
        account, [type](const Letter& letter) { return type.empty() || letter.type() == type; },
        "replay 1", now_ms_);
  }
};

TEST_F(LanesReplayTest, a_parked_lane_goes_on_under_the_same_sequence) {
  read("a");
  read("a");
  start();
  ends("e00", Verdict::park);
  changes();
  EXPECT_EQ(replay("a"), 1U);
  EXPECT_EQ(changes(), "letter:e00 a=waiting");
  EXPECT_EQ(log::header_of(changes_.letters.front().event, replay_header), "replay 1");
  EXPECT_EQ(start(), "e00/e00/1");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e01/1");
}

TEST_F(LanesReplayTest, behind_an_urgent_one_the_parked_one_gets_another_sequence) {
  read("a");
  start();
  ends("e00", Verdict::park);
  read("a", narrower);
  start();
  delivered("e01");
  EXPECT_EQ(replay("a"), 1U);
  EXPECT_EQ(start(), "e00/e01+0001/1");
}

TEST_F(LanesReplayTest, only_what_is_wanted_moves) {
  read("a");
  read("b", phone);
  start();
  ends("e00", Verdict::park);
  ends("e01", Verdict::park);
  changes();
  EXPECT_EQ(replay("a", phone), 0U);
  EXPECT_EQ(replay("b", email), 0U);
  EXPECT_EQ(replay("c"), 0U);
  EXPECT_EQ(changes(), "");
  EXPECT_EQ(start(), "");
}

TEST_F(LanesReplayTest, dead_letters_wait_again_in_order_behind_every_sequence_that_was_sent) {
  read("a", phone);
  start();
  ends("e00", Verdict::park);
  read("a", phone);
  start();
  ends("e01", Verdict::park);
  read("a");
  start();
  delivered("e02");
  read("b");
  start();
  changes();
  EXPECT_EQ(replay("a", phone), 2U);
  EXPECT_EQ(changes(), "letter:e01 letter:e00 a=waiting");
  read("a");
  EXPECT_EQ(changes(), "letter:e04") << "live ones wait behind it";
  EXPECT_EQ(start(), "e00/e04+0001/1");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e04+0002/1");
  delivered("e01");
  EXPECT_EQ(start(), "e04/e04+0003/1") << "it was read before the last one was sent";
}

TEST_F(LanesReplayTest, a_restart_before_it_forgets_no_sequence) {
  read("a", phone);
  start();
  ends("e00", Verdict::park);
  changes();
  read("a");
  start();
  changes();
  EXPECT_EQ(changes_.partitions, std::set<std::int32_t>{0}) << "on record before it leaves";
  restart({Progress::decode(lanes_->progress(0).encode()).value()});
  EXPECT_EQ(replay("a"), 1U);
  EXPECT_EQ(start(), "") << "what was read before is to be read again first";
  EXPECT_EQ(lanes_->next_start_ms(now_ms_), now_ms_ + 10);
  read_at(1, "a");
  EXPECT_EQ(start(), "e00/e01+0001/1");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e01+0002/1");
}

TEST_F(LanesReplayTest, after_a_restart_an_attempt_that_was_under_way_keeps_its_place) {
  read("a", phone);
  start();
  ends("e00", Verdict::park);
  read("a");
  read("a");
  start();
  replay("a");
  EXPECT_EQ(waiting("a"), "e00 e02") << "e01 is under way, from memory";
  restart({Progress::decode(lanes_->progress(0).encode()).value()});
  EXPECT_EQ(start(), "");
  read_at(1, "a");
  EXPECT_EQ(start(), "");
  read_at(2, "a");
  EXPECT_EQ(start(), "e00/e02+0001/1");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e02+0002/1");
}

TEST_F(LanesReplayTest, what_an_ordinary_lane_has_in_memory_goes_behind_the_dead_one) {
  read("a", phone);
  start();
  ends("e00", Verdict::park);
  for (int at = 0; at < 3; ++at) read("a");
  EXPECT_EQ(start(), "e01/e01/1");
  changes();
  EXPECT_EQ(replay("a"), 1U);
  EXPECT_EQ(changes(), "letter:e00 letter:e02 letter:e03 a=waiting");
  EXPECT_EQ(start(), "") << "one attempt of a lane at a time";
  delivered("e01");
  EXPECT_EQ(changes(), "a=waiting delivered:e01");
  EXPECT_EQ(lanes_->in_memory(), 0U);
  EXPECT_EQ(start(), "e00/e03+0001/1");
}

TEST_F(LanesReplayTest, an_attempt_under_way_that_fails_goes_behind_the_dead_one) {
  for (const auto verdict : {Verdict::retry, Verdict::throttle, Verdict::park}) {
    SCOPED_TRACE(to_string(verdict));
    store_ = {};
    next_offset_ = 0;
    restart();
    read("a", phone);
    start();
    ends("e00", Verdict::park);
    read("a");
    start();
    replay("a");
    changes();
    ends("e01", verdict);
    EXPECT_EQ(waiting("a"), "e00 e01");
    EXPECT_EQ(lanes_->in_memory(), 0U);
    wait();
    EXPECT_EQ(start(), "e00/e01+0001/1");
    delivered("e00");
    EXPECT_EQ(start(), verdict == Verdict::park ? "" : "e01/e01+0002/1");
  }
}

TEST_F(LanesReplayTest, in_a_lane_that_stays_parked_dead_letters_are_tried_alone) {
  read("a", phone);
  read("a");
  start();
  ends("e00", Verdict::park);
  start();
  ends("e01", Verdict::park);
  EXPECT_EQ(replay("a", phone), 1U);
  EXPECT_EQ(start(), "e00/e01+0001/1");
  delivered("e00");
  EXPECT_EQ(start(), "");
  EXPECT_TRUE(state("a").parked);
  EXPECT_EQ(replay("a", email), 1U);
  EXPECT_EQ(start(), "e01/e01+0002/1");
}

TEST_F(LanesReplayTest, when_the_lane_is_parked_no_more_dead_letters_are_in_order_again) {
  read("a", phone);
  read("a", tier);
  start();
  ends("e00", Verdict::park);
  read("a", phone);
  start();
  ends("e01", Verdict::park);
  EXPECT_EQ(replay("a", phone), 1U);
  EXPECT_EQ(replay("a", tier), 1U);
  changes();
  EXPECT_EQ(waiting("a"), "e00 e01 e02");
  EXPECT_FALSE(store_.front("a")->urgent);
}

TEST_F(LanesReplayTest, a_parked_urgent_one_is_urgent_again) {
  read("a", narrower);
  start();
  ends("e00", Verdict::park);
  read("a", narrower);
  start();
  ends("e01", Verdict::park);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(replay("a"), 1U);
  EXPECT_EQ(start(), "e00/e01+0001/1");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e01+0002/1");
}

TEST_F(LanesReplayTest, all_of_many_dead_letters_move) {
  for (int at = 0; at < 2'500; ++at) {
    const auto name = id(read("a", phone));
    start();
    ends(name, Verdict::park);
  }
  EXPECT_EQ(replay("a"), 2'500U);
  EXPECT_EQ(store_.sums().letters_dead, 0U);
}

TEST_F(LanesReplayTest,
       whatever_a_long_lane_goes_through_a_handful_of_its_letters_is_read_at_once) {
  const auto first = read("a");
  start();
  delivered(id(first));
  for (int at = 0; at < 100; ++at) {
    const auto name = id(read("a", phone));
    start();
    ends(name, Verdict::park);
  }
  const auto parked = id(read("a", tier));
  start();
  ends(parked, Verdict::park);
  for (int at = 0; at < 100; ++at) read("a");
  EXPECT_EQ(replay("a", phone), 100U);
  log::StoredRecord again;
  again.key = "a";
  again.headers = {{"ce_id", id(first)}, {"ce_type", email}};
  EXPECT_TRUE(lanes_->send_again(std::move(again), "replay 2", now_ms_));
  start();
  ends(id(first), Verdict::park);
  EXPECT_EQ(state("a").front, id(first));
  EXPECT_EQ(replay("a", email), 1U);
  start();
  ends(id(first), Verdict::park);
  const auto last = id(read("a", deletion));
  start();
  delivered(last);
  EXPECT_EQ(store_.lane("a"), std::nullopt);
  EXPECT_EQ(store_.handed_out_max, letters_at_once);
}

}  // namespace
}  // namespace wakestream::deliver
