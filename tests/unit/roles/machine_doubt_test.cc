#include <gmock/gmock.h>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using Records = action::Write::Records;

class CaptureDoubt : public MachineTest {
 protected:
  // A commit of one transaction is in doubt; `durable` is what was committed before it.
  void get_into_doubt() {
    stream();
    durable = *machine.durable();
    transaction(0x2000, 1);
    in_doubt = find<action::Write>()->checkpoint;
    feed(doubt());
  }
  void close_and_ping() {
    EXPECT_NE(find<action::CloseWriter>(), nullptr);
    feed(input::WriterClosed{});
    ASSERT_NE(find<action::SendFeedback>(), nullptr);
    EXPECT_TRUE(find<action::SendFeedback>()->reply_requested);
    feed(input::KeptAlive{cdc::Lsn{0x2100}, false});
    EXPECT_EQ(find<action::ReadCheckpoint>()->settled, log::Settled::as_it_is);
  }
  void reopen(const Checkpoint& last_word) {
    feed(found(durable));
    EXPECT_NE(find<action::OpenWriter>(), nullptr);
    feed(input::WriterOpened{});
    EXPECT_EQ(find<action::ReadCheckpoint>()->settled, log::Settled::required);
    feed(found(last_word));
  }

  Checkpoint durable;
  Checkpoint in_doubt;
};

TEST_F(CaptureDoubt, a_commit_that_had_happened_is_not_written_again) {
  get_into_doubt();
  close_and_ping();
  reopen(in_doubt);
  EXPECT_NE(find<action::ReleaseInFlight>(), nullptr);
  feed(input::Committed{});  // the claim
  EXPECT_EQ(machine.state(), State::streaming);
  EXPECT_EQ(machine.durable()->emitted_through, cdc::Lsn{0x2008});
  EXPECT_EQ(find<action::Write>(), nullptr);
}

TEST_F(CaptureDoubt, a_commit_that_had_not_happened_is_written_again_after_the_claim) {
  get_into_doubt();
  close_and_ping();
  reopen(durable);
  EXPECT_EQ(find<action::Write>()->records, Records::none) << "the claim comes first";
  feed(input::Committed{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->records, Records::again);
  EXPECT_EQ(find<action::Write>()->checkpoint.emitted_through, cdc::Lsn{0x2008});
  feed(input::Committed{});
  EXPECT_NE(find<action::ReleaseInFlight>(), nullptr);
}

TEST_F(CaptureDoubt, nothing_is_reported_to_postgres_while_in_doubt) {
  get_into_doubt();
  feed(input::WriterClosed{});
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0x1000});
}

TEST_F(CaptureDoubt, another_incarnation_in_the_checkpoint_means_stand_down) {
  get_into_doubt();
  close_and_ping();
  auto other = durable;
  other.incarnation = {"elsewhere", 2, 2};
  feed(found(other));
  EXPECT_EQ(find<action::OpenWriter>(), nullptr) << "the other writer must not be fenced";
  EXPECT_NE(find<action::Disconnect>(), nullptr);
  EXPECT_EQ(machine.state(), State::offline);
}

TEST_F(CaptureDoubt, another_incarnation_found_after_opening_means_stand_down_too) {
  get_into_doubt();
  close_and_ping();
  auto other = durable;
  other.incarnation = {"elsewhere", 2, 2};
  reopen(other);
  EXPECT_EQ(machine.state(), State::closing);
}

TEST_F(CaptureDoubt, a_lease_that_does_not_answer_leads_back_to_the_start) {
  get_into_doubt();
  feed(input::WriterClosed{});
  pass_ms(3'000);
  EXPECT_EQ(machine.state(), State::offline);
}

TEST_F(CaptureDoubt, a_checkpoint_that_is_gone_is_a_refusal) {
  get_into_doubt();
  close_and_ping();
  feed(found(std::nullopt));
  EXPECT_EQ(machine.state(), State::refused);
}

TEST_F(CaptureDoubt, a_record_too_large_for_its_topic_is_read_again_once_and_then_a_refusal) {
  stream();
  transaction(0x2000, 1);
  feed(input::InDoubt{{log::ErrorKind::record_too_big, "a record of 2 MB"}});
  feed(input::WriterClosed{});
  ASSERT_EQ(machine.state(), State::offline);
  pass_ms(10'000);
  stream();
  transaction(0x2000, 1);
  feed(input::InDoubt{{log::ErrorKind::record_too_big, "a record of 2 MB"}});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
}

}  // namespace
}  // namespace wakestream::capture
