#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

// New rules, and whatever else comes by the control topic, at a commit and once.
class CaptureCommand : public MachineTest {
 protected:
  static input::CommandReady reload(std::int64_t offset, std::uint64_t not_before = 0) {
    input::CommandReady command;
    command.offset = offset;
    command.not_before = cdc::Lsn{not_before};
    command.rules = {"r2", {"customer.created", "customer.moved"}};
    return command;
  }
  void give(const input::CommandReady& command) {
    ASSERT_TRUE(machine.takes_command());
    feed(command);
  }
};

TEST_F(CaptureCommand, new_rules_and_their_place_are_in_the_checkpoint_of_the_same_transaction) {
  stream();
  give(reload(0));
  ASSERT_NE(find<action::ApplyCommand>(), nullptr);
  EXPECT_EQ(find<action::ApplyCommand>()->at, cdc::Lsn{0x1000});
  EXPECT_EQ(find<action::Write>(), nullptr) << "its records are not there yet";
  ASSERT_NE(find<action::AdoptRegistry>(), nullptr);

  feed(input::CommandApplied{1, 100});
  const auto* write = find<action::Write>();
  ASSERT_NE(write, nullptr);
  EXPECT_EQ(write->checkpoint.rules_hash, "r2");
  EXPECT_EQ(write->checkpoint.rules_since, (RulesSince{cdc::Lsn{0x1000}, 0}));
  EXPECT_EQ(write->checkpoint.control, (ControlPosition{1, 0}));
  EXPECT_EQ(write->checkpoint.event_types,
            (std::vector<std::string>{"customer.created", "customer.moved"}));
  EXPECT_FALSE(machine.takes_command());

  feed(input::Committed{});
  ASSERT_NE(find<action::CommandDone>(), nullptr);
  EXPECT_EQ(find<action::CommandDone>()->next, (ControlPosition{1, 0}));
  EXPECT_TRUE(machine.takes_command());
}

TEST_F(CaptureCommand, waits_for_the_end_of_the_transaction_that_streams) {
  stream();
  feed(input::Began{cdc::Lsn{0x2000}});
  row(1, 0x1F00);
  give(reload(0));
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
  row(2, 0x1F10);
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
  feed(input::Ended{cdc::Lsn{0x2000}, cdc::Lsn{0x2008}});
  ASSERT_NE(find<action::ApplyCommand>(), nullptr);
  EXPECT_EQ(find<action::ApplyCommand>()->rules_since, (RulesSince{cdc::Lsn{0x2008}, 0}));
}

TEST_F(CaptureCommand,
       a_split_transaction_that_is_begun_again_is_ended_by_the_rules_that_began_it) {
  auto checkpoint = born_checkpoint();
  checkpoint.split = SplitPosition{cdc::Lsn{0x2000}, 1, cdc::Lsn{0x1F00}, 1};
  stream(checkpoint);
  give(reload(0));
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
  feed(input::Began{cdc::Lsn{0x2000}});
  row(1, 0x1F00);
  row(2, 0x1F10);
  feed(input::Ended{cdc::Lsn{0x2000}, cdc::Lsn{0x2008}});
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr) << "nothing may join the last part";
  feed(input::Committed{});
  EXPECT_NE(find<action::ApplyCommand>(), nullptr);
}

TEST_F(CaptureCommand, rows_from_before_the_tables_were_looked_at_are_the_old_rules_matter) {
  stream();
  give(reload(0, 0x3000));
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
  ASSERT_NE(find<action::SendFeedback>(), nullptr) << "a quiet server is asked how far it is";
  EXPECT_TRUE(find<action::SendFeedback>()->reply_requested);
  transaction(0x2000, 1);
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
  feed(input::KeptAlive{cdc::Lsn{0x3000}, false});
  EXPECT_NE(find<action::ApplyCommand>(), nullptr);
}

TEST_F(CaptureCommand, asks_a_quiet_server_again_and_not_too_often) {
  stream();
  give(reload(0, 0x3000));
  pass_ms(100);
  EXPECT_EQ(find<action::SendFeedback>(), nullptr);
  pass_ms(500);
  EXPECT_NE(find<action::SendFeedback>(), nullptr);
}

TEST_F(CaptureCommand, one_that_the_checkpoint_covers_is_not_carried_out_again) {
  auto checkpoint = born_checkpoint();
  checkpoint.control = {5, 0};
  stream(checkpoint);
  give(reload(4));
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
  ASSERT_NE(find<action::CommandDone>(), nullptr);
  EXPECT_EQ(find<action::CommandDone>()->next, (ControlPosition{5, 0}));
}

TEST_F(CaptureCommand, several_steps_keep_their_place_and_end_behind_the_command) {
  stream();
  auto step = reload(3);
  step.rules.reset();
  step.next_step = 500;
  give(step);
  feed(input::CommandApplied{500, 100});
  EXPECT_EQ(find<action::Write>()->checkpoint.control, (ControlPosition{3, 500}));
  feed(input::Committed{});
  EXPECT_EQ(find<action::CommandDone>()->next, (ControlPosition{3, 500}));
  // A step that was prepared before somebody else went further is not the one that is due.
  step.step = 200;
  give(step);
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
  step.step = 500;
  step.next_step.reset();
  give(step);
  feed(input::CommandApplied{1, 100});
  EXPECT_EQ(find<action::Write>()->checkpoint.control, (ControlPosition{4, 0}));
}

TEST_F(CaptureCommand, is_carried_out_again_when_the_stream_began_anew_before_it_was_durable) {
  stream();
  give(reload(0));
  feed(input::CommandApplied{1, 100});
  ASSERT_NE(find<action::Write>(), nullptr);
  feed(cut());
  feed(doubt());
  feed(input::WriterClosed{});
  pass_ms(60'000);
  feed(server());
  take_lease();
  feed(found(born_checkpoint()));
  feed(input::WriterOpened{});
  feed(found(born_checkpoint()));
  feed(input::Identified{server()});
  feed(slot_at(0x900));
  feed(input::RulesChecked{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.rules_hash, "r2") << "this process maps by them";
  feed(input::Committed{});
  feed(input::StreamStarted{});
  ASSERT_EQ(machine.state(), State::streaming);
  EXPECT_FALSE(machine.takes_command());
  EXPECT_NE(find<action::ApplyCommand>(), nullptr) << "its decision is not in the log";
}

TEST_F(CaptureCommand, a_commit_in_doubt_that_happened_ends_it) {
  stream();
  give(reload(0));
  feed(input::CommandApplied{1, 100});
  const auto written = find<action::Write>()->checkpoint;
  feed(doubt());
  feed(input::WriterClosed{});
  feed(input::KeptAlive{cdc::Lsn{0x1000}, false});
  feed(found(written));
  feed(input::WriterOpened{});
  feed(found(written));
  EXPECT_NE(find<action::CommandDone>(), nullptr);
  EXPECT_EQ(find<action::ApplyCommand>(), nullptr);
}

}  // namespace
}  // namespace wakestream::capture
