// The account context as the machine sees it: rows that wait, and rules that must not join yet.
#include <gmock/gmock.h>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

Settings settings_with_context(bool rules_join = false) {
  auto settings = test_settings();
  settings.context = Settings::Context{"by banner", "graph.account"};
  settings.rules_join_context = rules_join;
  return settings;
}

Checkpoint filled_checkpoint() {
  auto checkpoint = born_checkpoint();
  checkpoint.context = ContextProgress{"by banner", 1, cdc::Lsn{0x800}};
  return checkpoint;
}

class MachineContextTest : public MachineTest {
 protected:
  MachineContextTest() : MachineTest(settings_with_context()) {}
  void waiting_row(std::uint64_t ordinal, std::uint64_t records) {
    feed(input::RowReceived{ordinal, cdc::Lsn{0x1000 + ordinal}});
    feed(input::RowMapped{records, records * 100, true});
  }
};

TEST_F(MachineContextTest, the_context_is_read_behind_the_checkpoint_that_counts) {
  connect();
  take_lease();
  EXPECT_FALSE(find<action::ReadCheckpoint>()->with_context);
  feed(found(born_checkpoint()));
  feed(input::WriterOpened{});
  EXPECT_TRUE(find<action::ReadCheckpoint>()->with_context);
}

TEST_F(MachineContextTest, without_its_key_nothing_is_streamed) {
  connect();
  take_lease();
  feed(found(born_checkpoint()));
  feed(input::WriterOpened{});
  feed(input::KeyFailed{"the vault is sealed", true});
  EXPECT_EQ(machine.state(), State::closing);
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::offline) << "it is tried again";
  pass_ms(1'000);
  connect();
  take_lease();
  feed(found(born_checkpoint()));
  feed(input::WriterOpened{});
  feed(input::KeyFailed{"another key", false});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
}

TEST_F(MachineContextTest, whoever_waits_for_the_lease_follows_it) {
  connect();
  feed(input::LeaseAnswered{false, "other"});
  ASSERT_NE(find<action::ReadCheckpoint>(), nullptr);
  EXPECT_TRUE(find<action::ReadCheckpoint>()->with_context);
  feed(input::LogFailed{{log::ErrorKind::unreachable, "away"}});
  EXPECT_EQ(machine.state(), State::leasing);
  pass_ms(5'000);
  feed(input::LeaseAnswered{false, "other"});
  ASSERT_NE(find<action::ReadCheckpoint>(), nullptr);
  // The lease comes while it is read: what is read counts for the context alone.
  pass_ms(1'000);
  feed(input::LeaseAnswered{true, ""});
  EXPECT_EQ(machine.state(), State::peeking);
  EXPECT_EQ(find<action::ReadCheckpoint>(), nullptr);
  feed(found(born_checkpoint()));
  EXPECT_EQ(machine.state(), State::peeking);
  ASSERT_NE(find<action::ReadCheckpoint>(), nullptr);
  EXPECT_FALSE(find<action::ReadCheckpoint>()->with_context);
}

TEST_F(MachineContextTest, in_doubt_it_is_not_read_again) {
  stream();
  transaction(0x1100, 2);
  feed(doubt());
  feed(input::WriterClosed{});
  feed(input::KeptAlive{cdc::Lsn{0x1100}, false});
  feed(found(machine.durable()));
  feed(input::WriterOpened{});
  ASSERT_NE(find<action::ReadCheckpoint>(), nullptr);
  EXPECT_FALSE(find<action::ReadCheckpoint>()->with_context);
}

TEST_F(MachineContextTest, rows_that_wait_are_settled_at_the_commit_before_anything_is_sealed) {
  stream();
  feed(input::Began{cdc::Lsn{0x1100}});
  waiting_row(1, 1);
  feed(input::Ended{cdc::Lsn{0x1100}, cdc::Lsn{0x1108}});
  EXPECT_NE(find<action::SettleWaiting>(), nullptr);
  EXPECT_EQ(find<action::Write>(), nullptr);
  EXPECT_FALSE(machine.wants_messages());
  feed(input::WaitingSettled{1, 100});
  EXPECT_NE(find<action::SealOpen>(), nullptr);
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.emitted_through, cdc::Lsn{0x1108});
  EXPECT_TRUE(machine.wants_messages());
}

TEST_F(MachineContextTest, a_part_is_written_only_when_nothing_of_it_waits) {
  stream();
  feed(input::Began{cdc::Lsn{0x1100}});
  waiting_row(1, 1);
  waiting_row(2, 9);
  EXPECT_NE(find<action::SettleWaiting>(), nullptr);
  EXPECT_EQ(find<action::Write>(), nullptr);
  feed(input::WaitingSettled{10, 1'000});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->records, action::Write::Records::open);
  EXPECT_EQ(find<action::Write>()->checkpoint.split->rows_done, 2U);
}

// Its layers keep what the transaction took away until they are sealed.
TEST_F(MachineContextTest, a_transaction_in_parts_is_sealed_at_its_end_though_nothing_is_left) {
  stream();
  feed(input::Began{cdc::Lsn{0x1100}});
  row(1, 0x1001, 10);
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->records, action::Write::Records::open);
  feed(input::Committed{});
  feed(input::Ended{cdc::Lsn{0x1100}, cdc::Lsn{0x1108}});
  EXPECT_NE(find<action::SealOpen>(), nullptr);
}

// The fill goes on to its next chunk, or ends with it.
SnapshotPosition after_chunk(std::uint64_t rows, bool reached_end) {
  SnapshotPosition position;
  position.after = {std::to_string(rows)};
  position.rows = rows;
  position.reached_end = reached_end;
  return position;
}

TEST_F(MachineContextTest, it_is_emptied_and_filled_from_its_table_before_rules_join) {
  stream();
  ASSERT_TRUE(machine.durable()->context);
  EXPECT_FALSE(machine.durable()->context->is_filled());
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.tables.front().name, "graph.account");
  EXPECT_EQ(find<action::TakeChunk>()->progress.id, context_fill_id);
  feed(input::ChunkReady{cdc::Lsn{}});
  ASSERT_NE(find<action::ApplyChunk>(), nullptr);
  EXPECT_TRUE(find<action::ApplyChunk>()->empties_context);
  feed(input::ChunkApplied{2, 20, after_chunk(1, false), 0});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.context, (ContextProgress{"by banner", 1, {}}));
  EXPECT_EQ(find<action::Write>()->checkpoint.snapshot->number, 1U);
  feed(input::Committed{});
  pass_ms(1'000);
  feed(input::ChunkReady{cdc::Lsn{}});
  ASSERT_NE(find<action::ApplyChunk>(), nullptr);
  EXPECT_FALSE(find<action::ApplyChunk>()->empties_context);
  feed(input::ChunkApplied{1, 10, after_chunk(2, true), 0});
  ASSERT_NE(find<action::AdoptRegistry>(), nullptr);
  EXPECT_TRUE(find<action::AdoptRegistry>()->context_filled);
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_TRUE(find<action::Write>()->checkpoint.context->is_filled());
}

TEST_F(MachineContextTest, its_fill_waits_for_a_snapshot_that_is_under_way) {
  auto checkpoint = born_checkpoint();
  checkpoint.snapshots = 3;
  checkpoint.snapshot = SnapshotProgress{3, "c", {}, 0, false, "", {{"graph.device", ""}}, {}};
  stream(checkpoint);
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.tables.front().name, "graph.device");
  feed(input::ChunkReady{cdc::Lsn{}});
  feed(input::ChunkApplied{1, 10, after_chunk(1, true), 0});
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.tables.front().name, "graph.account");
  EXPECT_EQ(find<action::TakeChunk>()->progress.number, 4U);
}

TEST_F(MachineContextTest, a_fill_goes_on_where_it_was) {
  auto checkpoint = born_checkpoint();
  checkpoint.snapshots = 1;
  checkpoint.context = ContextProgress{"by banner", 1, {}};
  checkpoint.snapshot = SnapshotProgress{
      1, context_fill_id, {}, 0, false, "", {{"graph.account", ""}}, after_chunk(7, false)};
  stream(checkpoint);
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.position.rows, 7U);
  feed(input::ChunkReady{cdc::Lsn{}});
  ASSERT_NE(find<action::ApplyChunk>(), nullptr);
  EXPECT_FALSE(find<action::ApplyChunk>()->empties_context);
}

TEST_F(MachineContextTest, a_fill_that_was_given_up_begins_anew_with_the_next_start) {
  stream();
  input::CommandReady command;
  command.offset = 0;
  command.snapshot = SnapshotChange{SnapshotChange::Kind::cancel, "c", {}};
  feed(command);
  feed(input::CommandApplied{1, 10});
  pass_ms(1'000);
  EXPECT_EQ(find<action::TakeChunk>(), nullptr);
}

TEST_F(MachineContextTest, a_start_finds_a_fill_that_was_given_up) {
  auto checkpoint = born_checkpoint();
  checkpoint.snapshots = 1;
  checkpoint.context = ContextProgress{"by banner", 1, {}};
  stream(checkpoint);
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.number, 2U);
}

TEST_F(MachineContextTest, a_context_that_another_rule_kept_counts_for_nothing) {
  auto checkpoint = filled_checkpoint();
  checkpoint.context->rule_hash = "by brand";
  stream(checkpoint);
  EXPECT_EQ(*machine.durable()->context, (ContextProgress{"by banner", 0, {}}));
}

TEST_F(MachineContextTest, new_rules_that_join_are_refused_before_it_is_filled) {
  stream();
  input::CommandReady command;
  command.offset = 0;
  command.rules = input::CommandReady::NewRules{"r2", {"customer.created"}, true};
  feed(command);
  ASSERT_NE(find<action::ApplyCommand>(), nullptr);
  EXPECT_THAT(find<action::ApplyCommand>()->refusal, HasSubstr("does not hold every account yet"));
  EXPECT_EQ(find<action::AdoptRegistry>(), nullptr);
  feed(input::CommandApplied{1, 10});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.rules_hash, "r1");
}

class MachineJoinTest : public MachineTest {
 protected:
  MachineJoinTest() : MachineTest(settings_with_context(true)) {}
};

TEST_F(MachineJoinTest, rules_that_join_stream_once_the_context_is_filled) {
  stream(filled_checkpoint());
  EXPECT_EQ(machine.durable()->context, filled_checkpoint().context);
}

TEST_F(MachineJoinTest, rules_that_join_wait_while_it_is_filled) {
  read(born_checkpoint());
  feed(slot_at(0x900));
  feed(input::RulesChecked{});
  feed(input::Committed{});
  ASSERT_NE(find<action::AdoptRegistry>(), nullptr);
  EXPECT_FALSE(find<action::AdoptRegistry>()->context_filled);
}

TEST_F(MachineJoinTest, rules_that_were_in_force_do_not_wait_in_silence) {
  auto checkpoint = filled_checkpoint();
  checkpoint.context->rule_hash = "by brand";
  read(checkpoint);
  feed(slot_at(0x900));
  feed(input::RulesChecked{});
  feed(input::WriterClosed{});
  EXPECT_THAT(exit_reason, HasSubstr("the section context says something else than before"));
}

TEST_F(MachineJoinTest, of_a_first_snapshot_its_table_comes_first) {
  read(std::nullopt);
  feed(input::SlotFound{});
  input::RulesChecked checked;
  checked.snapshot = {{"graph.address", ""}, {"graph.account", ""}};
  feed(checked);
  feed(input::Committed{});
  feed(input::SlotCreated{cdc::Lsn{0x1000}});
  ASSERT_NE(find<action::Write>(), nullptr);
  const auto& born = find<action::Write>()->checkpoint;
  EXPECT_EQ(born.context->fill, 1U);
  EXPECT_EQ(born.snapshot->tables,
            (std::vector<SnapshotTablePlan>{{"graph.account", ""}, {"graph.address", ""}}));
}

class MachineWithoutContextTest : public MachineTest {};

TEST_F(MachineWithoutContextTest, a_context_that_is_no_longer_kept_is_forgotten) {
  stream(filled_checkpoint());
  EXPECT_FALSE(machine.durable()->context);
}

}  // namespace
}  // namespace wakestream::capture
