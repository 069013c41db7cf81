// What goes out once more, though it has ended.
#include "tests/unit/roles/deliver/lanes_fixture.h"

namespace wakestream::deliver {
namespace {

using emitters::Verdict;

class SendAgainTest : public LanesFixture {
 protected:
  bool send_again(std::int64_t offset, std::string_view account, std::string_view type = email) {
    log::StoredRecord event;
    event.offset = offset;
    event.key = account;
    event.value = "{}";
    event.headers = {{"ce_id", id(offset)}, {"ce_type", std::string(type)}};
    return lanes_->send_again(std::move(event), "replay 2", now_ms_);
  }
  std::size_t replay() {
    return lanes_->replay("a", [](const Letter&) { return true; }, "replay 3", now_ms_);
  }
  // Read, sent and taken, one after the other.
  void have(std::string_view account, int count, std::string_view type = email) {
    for (int at = 0; at < count; ++at) {
      const auto name = id(read(account, type));
      start();
      delivered(name);
    }
  }
};

TEST_F(SendAgainTest, what_ended_goes_out_once_more_in_its_order_behind_all_that_was_sent) {
  have("a", 3);
  changes();
  EXPECT_TRUE(send_again(0, "a"));
  EXPECT_TRUE(send_again(1, "a"));
  EXPECT_EQ(changes(), "letter:e00 letter:e01 a=waiting");
  EXPECT_EQ(log::header_of(changes_.letters.front().event, replay_header), "replay 2");
  EXPECT_EQ(start(), "e00/e02+0001/1");
  EXPECT_EQ(start(), "");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e02+0002/1");
  delivered("e01");
  EXPECT_EQ(changes(), "settled:e00 settled:e01 a=ordinary delivered:e00 delivered:e01");
  have("a", 1);
}

TEST_F(SendAgainTest, the_last_one_gets_a_higher_sequence_too_else_its_receiver_would_drop_it) {
  have("a", 1);
  EXPECT_TRUE(send_again(0, "a"));
  EXPECT_EQ(start(), "e00/e00+0001/1");
}

TEST_F(SendAgainTest, what_comes_live_waits_behind_it_and_other_accounts_do_not) {
  have("a", 2);
  EXPECT_TRUE(send_again(0, "a"));
  read("a");
  read("b");
  EXPECT_EQ(start(), "e00/e03+0001/1 e03/e03/1");
  delivered("e00");
  EXPECT_EQ(start(), "e02/e03+0002/1");
}

TEST_F(SendAgainTest, an_attempt_that_is_under_way_ends_first) {
  have("a", 1);
  read("a");
  read("a");
  EXPECT_EQ(start(), "e01/e01/1");
  EXPECT_TRUE(send_again(0, "a"));
  EXPECT_EQ(start(), "");
  fails("e01");
  wait();
  EXPECT_EQ(start(), "e00/e02+0001/1");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e02+0002/1");
}

TEST_F(SendAgainTest, what_has_not_ended_or_waits_stays_what_it_is) {
  have("a", 1);
  read("a");
  EXPECT_FALSE(send_again(1, "a")) << "it is in memory";
  EXPECT_FALSE(send_again(2, "a")) << "it was not read yet";
  start();
  ends("e01", Verdict::park);
  EXPECT_FALSE(send_again(1, "a")) << "it is parked";
  EXPECT_TRUE(send_again(0, "a"));
  EXPECT_FALSE(send_again(0, "a")) << "it waits already";
}

TEST_F(SendAgainTest, in_a_parked_lane_what_stands_before_goes_and_what_stands_behind_waits) {
  have("a", 1);
  have("a", 1, phone);
  read("a");
  start();
  ends("e02", Verdict::park);
  read("a", narrower);
  start();
  delivered("e03");
  const auto parked = state("a");
  EXPECT_TRUE(send_again(1, "a", phone));
  EXPECT_TRUE(send_again(0, "a"));
  EXPECT_EQ(start(), "e00/e03+0001/1");
  fails("e00");
  wait();
  EXPECT_EQ(start(), "e00/e03+0001/2");
  delivered("e00");
  EXPECT_EQ(start(), "e01/e03+0002/1");
  delivered("e01");
  EXPECT_EQ(start(), "");
  EXPECT_TRUE(state("a").parked);
  EXPECT_EQ(state("a").front, parked.front);
  EXPECT_EQ(state("a").error, parked.error);
  EXPECT_EQ(replay(), 1U);
  EXPECT_EQ(start(), "e02/e03+0003/1");
}

TEST_F(SendAgainTest, given_up_before_the_parked_one_it_holds_the_lane_from_there) {
  have("a", 2);
  read("a");
  start();
  ends("e02", Verdict::park);
  EXPECT_TRUE(send_again(0, "a"));
  EXPECT_TRUE(send_again(1, "a"));
  start();
  ends("e00", Verdict::park);
  EXPECT_EQ(start(), "") << "e01 stands behind it";
  EXPECT_EQ(state("a").front, "e00");
  EXPECT_EQ(state("a").parked_from, 0);
  EXPECT_EQ(replay(), 1U);
  EXPECT_EQ(start(), "e00/e02+0001/1") << "nothing was sent since";
  delivered("e00");
  EXPECT_EQ(start(), "e01/e02+0002/1");
  delivered("e01");
  EXPECT_EQ(start(), "e02/e02+0003/1");
}

TEST_F(SendAgainTest, an_urgent_one_that_is_given_up_holds_what_stands_behind_it_too) {
  have("a", 1, narrower);
  have("a", 1);
  read("a");
  start();
  ends("e02", Verdict::park);
  EXPECT_TRUE(send_again(1, "a"));
  EXPECT_TRUE(send_again(0, "a", narrower));
  EXPECT_EQ(start(), "e00/e02+0001/1");
  ends("e00", Verdict::park);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(state("a").front, "e00");
}

TEST_F(SendAgainTest, nothing_older_than_a_deletion_goes_out_whenever_that_was_read) {
  lanes_->remember_erasures(true);
  have("a", 1);
  have("a", 1, deletion);
  have("a", 1);
  EXPECT_FALSE(send_again(0, "a"));
  EXPECT_TRUE(send_again(1, "a", deletion));
  EXPECT_TRUE(send_again(2, "a"));
  have("b", 1);
  EXPECT_TRUE(send_again(3, "b"));
  read("b", deletion);
  EXPECT_FALSE(send_again(3, "b"));
}

}  // namespace
}  // namespace wakestream::deliver
