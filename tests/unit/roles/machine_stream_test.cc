#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using Records = action::Write::Records;

class CaptureStream : public MachineTest {};

TEST_F(CaptureStream, writes_a_transaction_at_its_commit_and_reports_it_only_when_the_log_has_it) {
  stream();
  transaction(0x2000, 2);
  const auto* write = find<action::Write>();
  ASSERT_NE(write, nullptr);
  EXPECT_EQ(write->records, Records::sealed);
  EXPECT_EQ(write->checkpoint.emitted_through, cdc::Lsn{0x2008});
  EXPECT_EQ(write->checkpoint.read_through, cdc::Lsn{0x2008});
  EXPECT_EQ(find<action::SendFeedback>(), nullptr);

  now.mono_ms += 200;
  feed(input::Committed{});
  ASSERT_NE(find<action::SendFeedback>(), nullptr);
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0x2008});
}

TEST_F(CaptureStream, gathers_transactions_while_a_commit_is_on_its_way) {
  stream();
  transaction(0x2000, 1);
  transaction(0x3000, 1);
  EXPECT_EQ(find<action::Write>(), nullptr);
  transaction(0x4000, 1);
  feed(input::Committed{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.emitted_through, cdc::Lsn{0x4008});
}

TEST_F(CaptureStream, skips_what_the_checkpoint_covers_by_its_commit_and_not_by_its_rows) {
  stream();
  transaction(0xF00, 2);
  EXPECT_TRUE(mapped.empty());
  // Rows far before the checkpoint, a commit behind it: nothing of it was done.
  feed(input::Began{cdc::Lsn{0x1100}});
  row(1, 0x800);
  EXPECT_EQ(mapped, std::vector<std::uint64_t>{1});
}

TEST_F(CaptureStream,
       writes_a_transaction_that_is_too_large_in_parts_and_says_which_row_was_the_last) {
  stream();
  feed(input::Began{cdc::Lsn{0x2000}});
  for (std::uint64_t ordinal = 1; ordinal <= 10; ++ordinal) row(ordinal, 0x1000 + ordinal);
  const auto* part = find<action::Write>();
  ASSERT_NE(part, nullptr);
  EXPECT_EQ(part->records, Records::open);
  EXPECT_EQ(part->split_part, 1U);
  EXPECT_EQ(part->checkpoint.split, (SplitPosition{cdc::Lsn{0x2000}, 10, cdc::Lsn{0x100A}, 1}));
  EXPECT_EQ(part->checkpoint.read_through, cdc::Lsn{0x1000}) << "the transaction is not done";
  feed(input::Committed{});
  row(11, 0x1100);
  feed(input::Ended{cdc::Lsn{0x2000}, cdc::Lsn{0x2008}});
  const auto* rest = find<action::Write>();
  ASSERT_NE(rest, nullptr);
  EXPECT_EQ(rest->split_part, 2U);
  EXPECT_EQ(rest->checkpoint.split, std::nullopt);
  EXPECT_EQ(rest->checkpoint.emitted_through, cdc::Lsn{0x2008});
}

TEST_F(CaptureStream, does_not_read_on_while_a_full_buffer_waits_for_the_writer) {
  stream();
  transaction(0x2000, 1);  // on its way
  feed(input::Began{cdc::Lsn{0x3000}});
  for (std::uint64_t ordinal = 1; ordinal <= 10; ++ordinal) row(ordinal, 0x2F00 + ordinal);
  EXPECT_FALSE(machine.wants_messages());
  feed(input::Committed{});
  EXPECT_TRUE(machine.wants_messages());
}

TEST_F(CaptureStream, goes_on_behind_the_rows_of_a_split_that_are_done) {
  auto checkpoint = born_checkpoint();
  checkpoint.split = SplitPosition{cdc::Lsn{0x2000}, 2, cdc::Lsn{0x1100}, 1};
  stream(checkpoint);
  feed(input::Began{cdc::Lsn{0x2000}});
  row(1, 0x10F0);
  row(2, 0x1100);
  row(3, 0x1110);
  EXPECT_EQ(mapped, std::vector<std::uint64_t>{3});
}

TEST_F(CaptureStream, stops_when_the_row_at_the_split_has_another_lsn) {
  auto checkpoint = born_checkpoint();
  checkpoint.split = SplitPosition{cdc::Lsn{0x2000}, 2, cdc::Lsn{0x1100}, 1};
  stream(checkpoint);
  feed(input::Began{cdc::Lsn{0x2000}});
  row(1, 0x10F0);
  row(2, 0x1108);
  EXPECT_EQ(machine.state(), State::closing);
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
  EXPECT_EQ(exit_reason,
            "row 2 of the transaction that commits at 0/2000 was at 0/1100 when a part of it was "
            "written, and is at 0/1108 now: the rest cannot "
            "be told from what is done. To leave it out, or to begin it anew: see wakestream "
            "checkpoint set");
}

TEST_F(CaptureStream, stops_when_a_split_transaction_does_not_come_again_or_comes_with_fewer_rows) {
  auto checkpoint = born_checkpoint();
  checkpoint.split = SplitPosition{cdc::Lsn{0x2000}, 2, cdc::Lsn{0x1100}, 1};
  stream(checkpoint);
  feed(input::Began{cdc::Lsn{0x2000}});
  row(1, 0x10F0);
  feed(input::Ended{cdc::Lsn{0x2000}, cdc::Lsn{0x2008}});
  EXPECT_EQ(machine.state(), State::closing);

  Machine second(test_settings());
  machine = second;
  stream(checkpoint);
  feed(input::Began{cdc::Lsn{0x3000}});
  EXPECT_EQ(machine.state(), State::closing);
}

TEST_F(CaptureStream, writes_an_idle_position_before_it_acknowledges_it) {
  stream();
  pass_ms(1'000);
  feed(input::KeptAlive{cdc::Lsn{0x5000}, true});
  ASSERT_NE(find<action::SendFeedback>(), nullptr);
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0x1000});
  const auto* write = find<action::Write>();
  ASSERT_NE(write, nullptr);
  EXPECT_EQ(write->records, Records::none);
  EXPECT_EQ(write->checkpoint.read_through, cdc::Lsn{0x5000});
  EXPECT_EQ(write->checkpoint.emitted_through, cdc::Lsn{0x900});
  now.mono_ms += 150;
  feed(input::Committed{});
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0x5000});
}

TEST_F(CaptureStream, a_keepalive_inside_a_transaction_moves_nothing) {
  stream();
  pass_ms(1'000);
  feed(input::Began{cdc::Lsn{0x6000}});
  feed(input::KeptAlive{cdc::Lsn{0x5000}, false});
  EXPECT_EQ(find<action::Write>(), nullptr);
}

TEST_F(CaptureStream, refreshes_the_checkpoint_and_the_feedback_when_nothing_happens) {
  stream();
  pass_ms(10'000);
  ASSERT_NE(find<action::Write>(), nullptr);
  ASSERT_NE(find<action::SendFeedback>(), nullptr);
}

TEST_F(CaptureStream, closes_the_connection_when_the_log_has_not_answered_for_ten_seconds) {
  stream();
  transaction(0x2000, 1);
  pass_ms(9'999);
  EXPECT_EQ(machine.state(), State::streaming);
  pass_ms(1);
  EXPECT_NE(find<action::Disconnect>(), nullptr);
  EXPECT_EQ(machine.state(), State::closing);
  feed(doubt());
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::log_away);
}

TEST_F(CaptureStream, writes_what_is_whole_before_it_stops_at_a_broken_rule) {
  stream();
  transaction(0x2000, 1);
  transaction(0x3000, 1);
  feed(input::Began{cdc::Lsn{0x4000}});
  feed(input::RowReceived{1, cdc::Lsn{0x3F00}});
  feed(input::RuleBroken{"rules.sql:3:8: column \"email\" is gone"});
  EXPECT_EQ(machine.state(), State::stopping);
  feed(input::Committed{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.emitted_through, cdc::Lsn{0x3008});
  feed(input::Committed{});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
  EXPECT_EQ(exit_reason,
            "rules.sql:3:8: column \"email\" is gone (in the transaction that commits at 0/4000)");
}

TEST_F(CaptureStream, stops_in_good_order) {
  stream();
  transaction(0x2000, 1);
  feed(input::Stop{});
  EXPECT_EQ(machine.state(), State::stopping);
  feed(input::Committed{});
  ASSERT_NE(find<action::SendFeedback>(), nullptr);
  EXPECT_EQ(find<action::SendFeedback>()->flushed, cdc::Lsn{0x2008});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::stopped);
}

TEST_F(CaptureStream, stops_after_seven_seconds_even_when_the_log_says_nothing) {
  stream();
  transaction(0x2000, 1);
  feed(input::Stop{});
  pass_ms(7'000);
  EXPECT_EQ(machine.state(), State::closing);
}

}  // namespace
}  // namespace wakestream::capture
