// What goes before what waits, what it ends, and the sequence of whatever goes out behind it.
#include "tests/unit/roles/deliver/lanes_fixture.h"

namespace wakestream::deliver {
namespace {

using LanesUrgentTest = LanesFixture;
using emitters::Verdict;

TEST_F(LanesUrgentTest, it_waits_for_what_is_under_way_and_is_behind_what_is_as_urgent) {
  read("a");
  start();
  read("a", narrower);
  read("a", narrower);
  read("a");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e01/1");
  delivered("e01");
  EXPECT_EQ(start(), "e02/e02/1");
  delivered("e02");
  EXPECT_EQ(start(), "e03/e03/1");
  EXPECT_EQ(changes(), "delivered:e00 delivered:e01 delivered:e02")
      << "it overtook nothing: no letter";
}

TEST_F(LanesUrgentTest, what_it_overtakes_is_on_record_before_it_leaves_and_follows_behind_it) {
  for (int at = 0; at < 3; ++at) read("a");
  start();
  read("a", narrower);
  delivered("e00");
  changes();
  EXPECT_EQ(start(), "e03/e03/1");
  EXPECT_EQ(changes(), "letter:urgent:e03 letter:e01 letter:e02 a=waiting");
  EXPECT_EQ(changes_.lanes.at("a").state->sequence, "e03");
  read("b");  // the highest on the partition
  delivered("e03");
  EXPECT_EQ(start(), "e01/e04+0001/1 e04/e04/1");
  fails("e01");
  wait();
  EXPECT_EQ(start(), "e01/e04+0001/2") << "a retry keeps its sequence";
  delivered("e01");
  EXPECT_EQ(start(), "e02/e04+0002/1");
  delivered("e02");
  read("a");
  EXPECT_EQ(start(), "e05/e05/1");
}

TEST_F(LanesUrgentTest, a_crash_after_it_left_forgets_neither_what_it_overtook_nor_its_sequence) {
  read("a");
  read("a", narrower);
  EXPECT_EQ(start(), "e01/e01/1");
  const auto record = Progress::decode(lanes_->progress(0).encode()).value();
  restart({record});
  EXPECT_EQ(start(), "e01/e01/1");
  delivered("e01");
  EXPECT_EQ(start(), "e00/e01+0001/1");
}

TEST_F(LanesUrgentTest, in_a_lane_that_waits_it_is_tried_now_and_the_others_begin_anew_behind_it) {
  read("a");
  start();
  fails("e00");
  EXPECT_EQ(start(), "");
  read("a", narrower);
  EXPECT_EQ(state("a").attempts, 0U);
  EXPECT_EQ(state("a").due_ms, now_ms_);
  EXPECT_EQ(start(), "e01/e01/1");
  fails("e01");
  EXPECT_EQ(state("a").attempts, 1U);
  read("a", narrower);
  EXPECT_EQ(state("a").attempts, 1U) << "another one stands in front";
  wait();
  EXPECT_EQ(start(), "e01/e01/2");
  delivered("e01");
  EXPECT_EQ(start(), "e02/e02/1");
  delivered("e02");
  EXPECT_EQ(start(), "e00/e02+0001/1");
}

TEST_F(LanesUrgentTest, read_while_an_earlier_one_is_under_way_it_goes_when_that_one_failed) {
  read("a");
  start();
  read("a", narrower);
  fails("e00");
  EXPECT_EQ(changes(), "letter:e00 letter:urgent:e01 a=waiting failed:e00");
  EXPECT_EQ(start(), "e01/e01/1") << "at once";
  delivered("e01");
  EXPECT_EQ(start(), "e00/e01+0001/1") << "a higher one was sent in between";
}

TEST_F(LanesUrgentTest, throttled_ones_go_back_behind_it) {
  read("a");
  start();
  read("a", narrower);
  ends("e00", Verdict::throttle);
  wait();
  EXPECT_EQ(start(), "e01/e01/1");
  ends("e01", Verdict::throttle);
  wait();
  EXPECT_EQ(start(), "e01/e01/1");
  delivered("e01");
  EXPECT_EQ(start(), "e00/e01+0001/1");
}

TEST_F(LanesUrgentTest, a_parked_lane_tries_it_alone_and_is_parked_as_before) {
  read("a");
  read("a");
  start();
  ends("e00", Verdict::park);
  const auto parked = state("a");
  read("a", narrower);
  read("a");
  EXPECT_EQ(start(), "e02/e02/1");
  fails("e02");
  EXPECT_EQ(start(), "");
  wait();
  EXPECT_EQ(start(), "e02/e02/2");
  delivered("e02");
  EXPECT_EQ(start(), "");
  const auto after = state("a");
  EXPECT_TRUE(after.parked);
  EXPECT_EQ(after.front, parked.front);
  EXPECT_EQ(after.error, parked.error);
  EXPECT_EQ(after.status, parked.status);
  EXPECT_EQ(after.sequence, "e02");
  EXPECT_EQ(waiting("a"), "e00 e01 e03");
}

TEST_F(LanesUrgentTest, given_up_in_a_parked_lane_it_waits_there_with_the_others) {
  read("a");
  start();
  ends("e00", Verdict::park);
  read("a", narrower);
  start();
  changes();
  ends("e01", Verdict::park);
  EXPECT_EQ(changes(), "letter:e01 a=parked parked:e01");
  EXPECT_EQ(start(), "");
  EXPECT_EQ(state("a").front, "e00");
  read("a", narrower);
  EXPECT_EQ(start(), "e02/e02/1") << "the next one has its chance";
}

TEST_F(LanesUrgentTest, a_deletion_ends_everything_older_of_the_account) {
  read("a", phone);
  read("a");
  read("a");
  start();
  ends("e00", Verdict::park);
  start();
  fails("e01");
  read("a", deletion);
  read("a");
  read("b");
  changes();
  EXPECT_EQ(waiting("a"), "dead:e00 e01 e02 e03 e04");
  EXPECT_EQ(start(), "e03/e03/1 e05/e05/1");
  delivered("e03");
  EXPECT_EQ(changes(),
            "settled:e03 settled:e02 settled:e01 settled:e00 a=waiting "
            "delivered:e03 erased:e02 erased:e01 erased:e00");
  EXPECT_EQ(start(), "e04/e04/1");
}

TEST_F(LanesUrgentTest, a_deletion_that_policy_withholds_ends_it_as_well) {
  read("a");
  read("a", deletion);
  start();
  withheld("e01");
  changes();
  EXPECT_EQ(waiting("a"), "");
  EXPECT_EQ(store_.lane("a"), std::nullopt);
}

TEST_F(LanesUrgentTest, a_deletion_in_an_ordinary_lane_ends_its_dead_letters) {
  read("a", phone);
  start();
  ends("e00", Verdict::park);
  read("a", deletion);
  EXPECT_EQ(start(), "e01/e01/1");
  changes();
  delivered("e01");
  EXPECT_EQ(changes(), "settled:e00 delivered:e01 erased:e00");
}

TEST_F(LanesUrgentTest, a_deletion_unparks_a_lane_whose_parked_one_it_ends) {
  read("a");
  start();
  ends("e00", Verdict::park);
  read("a", deletion);
  read("a");
  start();
  delivered("e01");
  EXPECT_FALSE(state("a").parked);
  EXPECT_EQ(start(), "e02/e02/1");
}

TEST_F(LanesUrgentTest, more_letters_than_are_read_at_once_are_all_ended) {
  read("a");
  start();
  ends("e00", Verdict::park);
  for (int at = 0; at < 2'500; ++at) read("a");
  const auto offset = read("a", deletion);
  start();
  changes();
  delivered(id(offset));
  changes();
  EXPECT_EQ(changes_.letters_settled.size(), 2'502U);
  EXPECT_EQ(changes_.ended.size(), 2'502U);
  EXPECT_EQ(store_.lane("a"), std::nullopt);
}

}  // namespace
}  // namespace wakestream::deliver
