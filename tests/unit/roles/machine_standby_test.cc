// A standby is read, and promoted while it is.
#include <gmock/gmock.h>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

class CaptureStandby : public MachineTest {
 protected:
  bool asks_timeline() const {
    const auto* write = find<action::Write>();
    return write != nullptr && write->asks_timeline;
  }
};

TEST_F(CaptureStandby, who_the_server_is_is_asked_again_when_the_checkpoint_has_been_read) {
  auto promoted = server();
  promoted.timeline = 2;
  connect(standby());
  take_lease();
  feed(found(born_checkpoint()));
  feed(input::WriterOpened{});
  feed(found(born_checkpoint()));
  EXPECT_NE(find<action::Identify>(), nullptr);
  feed(input::Identified{promoted});
  ASSERT_NE(find<action::ReadHistory>(), nullptr);
  EXPECT_EQ(find<action::ReadHistory>()->timeline, 2U);
}

TEST_F(CaptureStandby, every_write_while_a_standby_is_read_asks_for_its_timeline_first) {
  read(born_checkpoint(), standby());
  feed(slot_at(0x900));
  feed(input::RulesChecked{});
  EXPECT_TRUE(asks_timeline()) << "the claim";
  feed(input::Committed{});
  feed(input::StreamStarted{});
  transaction(0x1100, 1);
  EXPECT_TRUE(asks_timeline());
}

TEST_F(CaptureStandby, a_primary_keeps_its_timeline_and_is_not_asked) {
  stream();
  transaction(0x1100, 1);
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_FALSE(asks_timeline());
}

TEST_F(CaptureStandby,
       what_was_received_before_the_promotion_was_noticed_is_dropped_and_read_again) {
  stream(born_checkpoint(), standby());
  transaction(0x1100, 1);
  feed(input::NotWritten{2, ""});
  EXPECT_NE(find<action::Disconnect>(), nullptr);
  EXPECT_NE(find<action::DropBuffers>(), nullptr);
  EXPECT_EQ(find<action::SendFeedback>(), nullptr);
  EXPECT_EQ(machine.durable()->read_through, cdc::Lsn{0x1000});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::offline);
}

TEST_F(CaptureStandby, a_server_that_cannot_say_its_timeline_is_connected_with_anew) {
  stream(born_checkpoint(), standby());
  transaction(0x1100, 1);
  feed(input::NotWritten{0, "ask the server for its timeline: no answer in 3000 ms"});
  ASSERT_NE(find<action::Say>(), nullptr);
  EXPECT_THAT(find<action::Say>()->message, HasSubstr("no answer"));
  EXPECT_EQ(machine.state(), State::closing);
}

TEST_F(CaptureStandby, a_stop_does_not_wait_for_what_the_promotion_made_doubtful) {
  stream(born_checkpoint(), standby());
  transaction(0x1100, 1);
  feed(input::Stop{});
  feed(input::NotWritten{2, ""});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::stopped);
}

TEST_F(CaptureStandby, one_that_is_behind_is_told_to_forget_only_what_it_has) {
  auto behind = slot_at(0x900);
  behind.wal_end = cdc::Lsn{0xA00};
  stream(born_checkpoint(), standby(), behind);
  pass_ms(100);
  ASSERT_NE(find<action::SendFeedback>(), nullptr);
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0xA00});
  pass_ms(1'000);
  EXPECT_EQ(find<action::SendFeedback>(), nullptr) << "there is nothing new to say";
  feed(input::KeptAlive{cdc::Lsn{0xC00}, true});
  ASSERT_NE(find<action::SendFeedback>(), nullptr);
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0xA00})
      << "it may have been promoted, and this be of the next timeline";
  pass_ms(10'000);
  ASSERT_TRUE(asks_timeline());
  feed(input::Committed{});
  pass_ms(1'000);
  ASSERT_NE(find<action::SendFeedback>(), nullptr);
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0xC00});
}

TEST_F(CaptureStandby, the_copy_of_its_primarys_slot_is_waited_for_until_the_standby_is_promoted) {
  auto copy = slot_at(0x900);
  copy.slot->synced = true;
  read(born_checkpoint(), standby());
  feed(copy);
  ASSERT_NE(find<action::Say>(), nullptr);
  EXPECT_EQ(find<action::Say>()->event, "promotion_waiting");
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::offline) << "another server may be the one to read by then";
  pass_ms(60'000);
  feed(server());
  take_lease();
  feed(found(born_checkpoint()));
  feed(input::WriterOpened{});
  feed(found(born_checkpoint()));
  auto promoted = server();
  promoted.timeline = 2;
  feed(input::Identified{promoted});
  feed(input::HistoryRead{{{1, cdc::Lsn{0x980}}}});
  feed(copy);
  EXPECT_EQ(machine.state(), State::checking_rules) << "a promoted server's slot is its own";
}

TEST_F(CaptureStandby, a_slot_that_is_lost_is_refused_with_what_took_it_and_what_prevents_that) {
  auto lost = slot_at(0x900);
  lost.slot->lost = true;
  lost.slot->invalidation = "rows_removed";
  read(born_checkpoint(), standby());
  feed(lost);
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
  EXPECT_THAT(exit_reason, HasSubstr("hot_standby_feedback = on at the standby"));
  EXPECT_THAT(exit_reason, HasSubstr("adopt-slot"));
}

TEST_F(CaptureStandby, making_a_slot_is_waited_for_without_end_and_explained) {
  read(std::nullopt, standby());
  feed(input::SlotFound{});
  feed(input::RulesChecked{});
  feed(input::Committed{});
  ASSERT_NE(find<action::CreateSlot>(), nullptr);
  for (int minute = 0; minute < 10; ++minute) {
    pass_ms(60'000);
    ASSERT_NE(find<action::ExplainSlot>(), nullptr) << minute;
    feed(input::SlotAwaited{"the transaction of pid 4711 to end"});
    ASSERT_NE(find<action::Say>(), nullptr);
    EXPECT_THAT(find<action::Say>()->message, HasSubstr("waits for the transaction of pid 4711"));
  }
  EXPECT_EQ(machine.state(), State::creating_slot);
  feed(input::Stop{});
  EXPECT_NE(find<action::Disconnect>(), nullptr);
}

class CaptureFailoverSlot : public CaptureStandby {
 protected:
  CaptureFailoverSlot() {
    auto settings = test_settings();
    settings.slot_failover = true;
    machine = Machine(settings);
  }
  void expect_refusal_at_birth(const input::Connected& where, const std::string& reason) {
    read(std::nullopt, where);
    feed(input::SlotFound{});
    feed(input::WriterClosed{});
    EXPECT_EQ(machine.state(), State::refused);
    EXPECT_THAT(exit_reason, HasSubstr(reason));
  }
};

TEST_F(CaptureFailoverSlot, cannot_be_made_at_a_standby) {
  expect_refusal_at_birth(standby(), "can only be made on the primary");
}

TEST_F(CaptureFailoverSlot, cannot_be_made_before_17) {
  expect_refusal_at_birth(server(), "is PostgreSQL 15: slots that standbys copy came with 17");
}

}  // namespace
}  // namespace wakestream::capture
