// A new pipeline's account context, filled from the snapshot of its own slot before it streams.
#include <gmock/gmock.h>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

Settings settings_that_join() {
  auto settings = test_settings();
  settings.context = Settings::Context{"by banner", "graph.account"};
  settings.rules_join_context = true;
  return settings;
}

class MachineFillTest : public MachineTest {
 protected:
  explicit MachineFillTest(Settings settings = settings_that_join())
      : MachineTest(std::move(settings)) {}

  void make_slot(const std::optional<Checkpoint>& checkpoint = std::nullopt) {
    read(checkpoint);
    feed(checkpoint ? slot_at(0x900) : input::SlotFound{});
    ASSERT_NE(find<action::CheckRules>(), nullptr);
    EXPECT_TRUE(find<action::CheckRules>()->reads_context);
    feed(input::RulesChecked{});
    feed(input::Committed{});
    if (checkpoint) feed(input::SlotDropped{});
    ASSERT_NE(find<action::CreateSlot>(), nullptr);
    EXPECT_TRUE(find<action::CreateSlot>()->exports_snapshot);
    feed(input::SlotCreated{cdc::Lsn{0x4000}, "exported"});
  }
};

TEST_F(MachineFillTest, every_account_is_in_the_log_before_it_is_born_and_streams) {
  make_slot();
  EXPECT_EQ(machine.state(), State::filling_context);
  ASSERT_NE(find<action::ImportSnapshot>(), nullptr);
  EXPECT_EQ(find<action::ImportSnapshot>()->snapshot, "exported");
  EXPECT_EQ(find<action::ImportSnapshot>()->table, "graph.account");
  EXPECT_EQ(find<action::Identify>(), nullptr) << "it would end the snapshot";
  feed(input::SnapshotImported{});
  EXPECT_NE(find<action::Identify>(), nullptr);
  ASSERT_NE(find<action::TakeAccounts>(), nullptr);
  EXPECT_TRUE(find<action::TakeAccounts>()->empties_context);
  EXPECT_EQ(find<action::TakeAccounts>()->late.said_at, cdc::Lsn{0x4000});
  feed(input::AccountsTaken{3, 300, 2, false});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->records, action::Write::Records::sealed);
  const auto filling = find<action::Write>()->checkpoint;
  EXPECT_EQ(filling.birth, Birth::filling_context);
  EXPECT_EQ(filling.born_at, cdc::Lsn{0x4000});
  EXPECT_EQ(filling.read_through, cdc::Lsn{});
  EXPECT_FALSE(filling.context->is_filled());
  feed(input::Committed{});
  EXPECT_NE(find<action::ReleaseInFlight>(), nullptr);
  ASSERT_NE(find<action::TakeAccounts>(), nullptr);
  EXPECT_FALSE(find<action::TakeAccounts>()->empties_context);
  EXPECT_EQ(find<action::TakeAccounts>()->late.late_events, 3U);
  feed(input::AccountsTaken{1, 100, 1, true});
  EXPECT_EQ(find<action::Write>()->checkpoint.birth, Birth::filling_context);
  feed(input::Committed{});
  ASSERT_NE(find<action::Write>(), nullptr);
  const auto born = find<action::Write>()->checkpoint;
  EXPECT_EQ(born.birth, Birth::born);
  EXPECT_EQ(born.context, (ContextProgress{"by banner", 0, cdc::Lsn{0x4000}}));
  EXPECT_EQ(born.read_through, cdc::Lsn{0x4000});
  EXPECT_EQ(born.emitted_through, cdc::Lsn{0x4000}) << "its accounts show the commits before it";
  EXPECT_EQ(born.serial, filling.serial + 2);
  feed(input::Committed{});
  ASSERT_NE(find<action::AdoptRegistry>(), nullptr);
  EXPECT_TRUE(find<action::AdoptRegistry>()->context_filled);
  EXPECT_NE(find<action::StartStream>(), nullptr);
  feed(input::StreamStarted{});
  EXPECT_EQ(find<action::TakeChunk>(), nullptr) << "it is filled";
}

TEST_F(MachineFillTest, one_that_was_not_ended_begins_anew_with_another_slot) {
  auto half = born_checkpoint();
  half.birth = Birth::filling_context;
  half.emitted_through = half.read_through = {};
  half.born_at = cdc::Lsn{0x900};
  half.context = ContextProgress{"by banner", 0, {}};
  make_slot(half);
  feed(input::SnapshotImported{});
  ASSERT_NE(find<action::TakeAccounts>(), nullptr);
  EXPECT_TRUE(find<action::TakeAccounts>()->empties_context);
}

TEST_F(MachineFillTest, in_doubt_it_begins_anew) {
  make_slot();
  feed(input::SnapshotImported{});
  feed(input::AccountsTaken{3, 300, 2, false});
  feed(doubt());
  EXPECT_EQ(machine.state(), State::closing);
  EXPECT_NE(find<action::Disconnect>(), nullptr);
  EXPECT_NE(find<action::DropBuffers>(), nullptr);
}

TEST_F(MachineFillTest, the_lease_is_asked_for_a_sign_of_life_and_without_one_it_ends) {
  make_slot();
  pass_ms(60'000);
  EXPECT_EQ(find<action::Identify>(), nullptr) << "the snapshot is not taken over yet";
  feed(input::SnapshotImported{});
  feed(input::Identified{server()});
  EXPECT_EQ(machine.state(), State::filling_context);
  pass_ms(2'000);
  EXPECT_NE(find<action::Identify>(), nullptr);
  feed(cut());
  EXPECT_EQ(machine.state(), State::closing);
}

TEST_F(MachineFillTest, what_passes_is_tried_again_and_what_does_not_is_refused) {
  make_slot();
  feed(input::FillFailed{"locked", true});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::offline);
  machine = Machine(settings_that_join());
  make_slot();
  feed(input::FillFailed{"no right to read graph.account", false});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
  EXPECT_THAT(exit_reason, HasSubstr("no right to read graph.account"));
}

TEST_F(MachineFillTest, a_table_that_cannot_be_read_is_refused_before_anything_is_made) {
  read(std::nullopt);
  feed(input::SlotFound{});
  input::RulesChecked checked;
  checked.context_problem = "no SELECT on graph.account";
  feed(checked);
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
  EXPECT_THAT(exit_reason, HasSubstr("no SELECT on graph.account"));
}

TEST_F(MachineFillTest, a_standby_exports_no_snapshot) {
  read(std::nullopt, standby());
  feed(input::SlotFound{});
  EXPECT_FALSE(find<action::CheckRules>()->reads_context);
  feed(input::RulesChecked{});
  feed(input::Committed{});
  ASSERT_NE(find<action::CreateSlot>(), nullptr);
  EXPECT_FALSE(find<action::CreateSlot>()->exports_snapshot);
  feed(input::SlotCreated{cdc::Lsn{0x4000}});
  EXPECT_EQ(machine.state(), State::claiming);
}

TEST_F(MachineFillTest, its_table_is_not_first_of_a_first_snapshot_any_more) {
  read(std::nullopt);
  feed(input::SlotFound{});
  input::RulesChecked checked;
  checked.snapshot = {{"graph.address", ""}};
  feed(checked);
  feed(input::Committed{});
  feed(input::SlotCreated{cdc::Lsn{0x1000}, "exported"});
  feed(input::SnapshotImported{});
  feed(input::AccountsTaken{1, 100, 0, true});
  feed(input::Committed{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.snapshot->tables,
            (std::vector<SnapshotTablePlan>{{"graph.address", ""}}));
}

class MachineSlowFillTest : public MachineFillTest {
 protected:
  MachineSlowFillTest() : MachineFillTest(settings()) {}
  static Settings settings() {
    auto settings = settings_that_join();
    settings.snapshot_rows_per_second = 8;
    return settings;
  }
};

TEST_F(MachineSlowFillTest, it_goes_as_fast_as_a_snapshot_may) {
  make_slot();
  feed(input::SnapshotImported{});
  ASSERT_NE(find<action::TakeAccounts>(), nullptr);
  EXPECT_EQ(find<action::TakeAccounts>()->rows_max, 2U);
  feed(input::AccountsTaken{2, 200, 2, false});
  pass_ms(100);
  feed(input::Committed{});
  EXPECT_EQ(find<action::TakeAccounts>(), nullptr);
  pass_ms(100);
  EXPECT_EQ(find<action::TakeAccounts>(), nullptr);
  pass_ms(50);
  EXPECT_NE(find<action::TakeAccounts>(), nullptr);
}

}  // namespace
}  // namespace wakestream::capture
