#include <gmock/gmock.h>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

class CaptureStart : public MachineTest {
 protected:
  void expect_refusal(const std::string& reason) {
    if (machine.state() == State::closing) feed(input::WriterClosed{});
    EXPECT_EQ(machine.state(), State::refused);
    EXPECT_THAT(exit_reason, HasSubstr(reason));
  }
};

TEST_F(CaptureStart,
       a_first_start_writes_its_intent_makes_the_slot_and_is_born_at_the_consistent_point) {
  read(std::nullopt);
  feed(input::SlotFound{});
  feed(input::RulesChecked{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.birth, Birth::creating_slot);
  feed(input::Committed{});
  EXPECT_NE(find<action::CreateSlot>(), nullptr);
  feed(input::SlotCreated{cdc::Lsn{0x4000}});
  const auto* claim = find<action::Write>();
  ASSERT_NE(claim, nullptr);
  EXPECT_EQ(claim->checkpoint.birth, Birth::born);
  EXPECT_EQ(claim->checkpoint.born_at, cdc::Lsn{0x4000});
  EXPECT_EQ(claim->checkpoint.read_through, cdc::Lsn{0x4000});
  EXPECT_FALSE(claim->checkpoint.emitted_through.valid()) << "nothing was emitted yet";
  feed(input::Committed{});
  ASSERT_NE(find<action::StartStream>(), nullptr);
  EXPECT_EQ(find<action::StartStream>()->from, cdc::Lsn{0x4000});
}

TEST_F(CaptureStart, a_birth_that_was_cut_short_drops_its_half_made_slot) {
  auto half = born_checkpoint();
  half.birth = Birth::creating_slot;
  read(half);
  feed(slot_at(0x900));
  feed(input::RulesChecked{});
  feed(input::Committed{});
  EXPECT_NE(find<action::DropSlot>(), nullptr);
  feed(input::SlotDropped{});
  EXPECT_NE(find<action::CreateSlot>(), nullptr);
}

class CaptureBirthWithSnapshot : public MachineTest {
 protected:
  CaptureBirthWithSnapshot() : MachineTest(settings()) {}
  static Settings settings() {
    auto settings = test_settings();
    settings.snapshot_initial = true;
    return settings;
  }
};

TEST_F(CaptureBirthWithSnapshot, begins_it_in_the_record_that_says_born_and_not_before) {
  read(std::nullopt);
  feed(input::SlotFound{});
  ASSERT_NE(find<action::CheckRules>(), nullptr);
  EXPECT_TRUE(find<action::CheckRules>()->plan_snapshot);
  feed(input::RulesChecked{{}, {{"t.a", ""}, {"t.b", ""}}});
  EXPECT_FALSE(find<action::Write>()->checkpoint.snapshot) << "a crash now makes the slot anew";
  feed(input::Committed{});
  feed(input::SlotCreated{cdc::Lsn{0x4000}});
  const auto* claim = find<action::Write>();
  ASSERT_TRUE(claim != nullptr && claim->checkpoint.snapshot);
  EXPECT_EQ(claim->checkpoint.birth, Birth::born);
  EXPECT_EQ(claim->checkpoint.snapshots, 1U);
  EXPECT_EQ(claim->checkpoint.snapshot->id, first_snapshot_id);
  EXPECT_EQ(claim->checkpoint.snapshot->began_at, cdc::Lsn{0x4000});
  EXPECT_EQ(claim->checkpoint.snapshot->tables.size(), 2U);
  feed(input::Committed{});
  feed(input::StreamStarted{});
  EXPECT_NE(find<action::TakeChunk>(), nullptr);
}

TEST_F(CaptureBirthWithSnapshot, is_planned_and_begun_only_at_the_birth) {
  read(born_checkpoint());
  feed(slot_at(0x900));
  ASSERT_NE(find<action::CheckRules>(), nullptr);
  EXPECT_FALSE(find<action::CheckRules>()->plan_snapshot);
  feed(input::RulesChecked{});
  EXPECT_FALSE(find<action::Write>()->checkpoint.snapshot);
  EXPECT_EQ(find<action::Write>()->checkpoint.snapshots, 0U);
}

TEST_F(CaptureBirthWithSnapshot, is_refused_before_anything_is_made_when_a_table_cannot_be_read) {
  read(std::nullopt);
  feed(input::SlotFound{});
  feed(input::RulesChecked{{}, {}, "no SELECT on t.a"});
  feed(input::WriterClosed{});
  EXPECT_EQ(machine.state(), State::refused);
  EXPECT_THAT(exit_reason, HasSubstr("no SELECT on t.a"));
  EXPECT_THAT(exit_reason, HasSubstr("snapshot.initial: false"));
}

TEST_F(CaptureBirthWithSnapshot, is_born_without_one_when_no_rule_takes_its_rows) {
  read(std::nullopt);
  feed(input::SlotFound{});
  feed(input::RulesChecked{});
  feed(input::Committed{});
  feed(input::SlotCreated{cdc::Lsn{0x4000}});
  EXPECT_FALSE(find<action::Write>()->checkpoint.snapshot);
}

TEST_F(CaptureStart, fences_before_it_reads_what_counts_and_claims_before_it_streams) {
  connect();
  take_lease();
  EXPECT_EQ(find<action::ReadCheckpoint>()->settled, log::Settled::as_it_is);
  feed(found(born_checkpoint()));
  EXPECT_NE(find<action::OpenWriter>(), nullptr);
  feed(input::WriterOpened{});
  EXPECT_EQ(find<action::ReadCheckpoint>()->settled, log::Settled::required);
  feed(found(born_checkpoint()));
  feed(input::Identified{server()});
  feed(slot_at(0x1000));
  feed(input::RulesChecked{});
  EXPECT_EQ(find<action::StartStream>(), nullptr);
  const auto* claim = find<action::Write>();
  ASSERT_NE(claim, nullptr);
  EXPECT_EQ(claim->checkpoint.incarnation, test_settings().incarnation);
  EXPECT_EQ(claim->checkpoint.serial, 5U);
}

TEST_F(CaptureStart, asks_for_the_lease_once_a_second_and_says_once_who_holds_it) {
  connect();
  feed(input::LeaseAnswered{false, "pid 4711"});
  ASSERT_NE(find<action::Say>(), nullptr);
  EXPECT_EQ(find<action::Say>()->fields.at(0).second, "pid 4711");
  pass_ms(1'000);
  EXPECT_NE(find<action::TryLease>(), nullptr);
  feed(input::LeaseAnswered{false, "pid 4711"});
  EXPECT_EQ(find<action::Say>(), nullptr);
}

TEST_F(CaptureStart,
       waits_until_the_record_of_a_writer_at_another_server_has_stood_still_for_thirty_seconds) {
  auto other = born_checkpoint();
  other.server = "standby:5432";
  other.written_at_ms = now.wall_ms - 1'000;
  connect();
  take_lease();
  feed(found(other));
  EXPECT_EQ(machine.state(), State::waiting_stale);
  for (int second = 0; second < 28; ++second) {
    pass_ms(1'000);
    feed(found(other));
    ASSERT_EQ(machine.state(), State::waiting_stale) << second;
  }
  pass_ms(1'000);
  feed(found(other));
  EXPECT_EQ(machine.state(), State::opening);
}

TEST_F(CaptureStart, waits_for_a_connection_that_still_streams_from_the_slot) {
  read(born_checkpoint());
  auto busy = slot_at(0x900);
  busy.slot->active = true;
  feed(busy);
  EXPECT_EQ(machine.state(), State::finding_slot);
  pass_ms(1'000);
  EXPECT_NE(find<action::FindSlot>(), nullptr);
}

TEST_F(CaptureStart, a_new_timeline_sets_the_idle_position_back_and_goes_on) {
  auto answer = server();
  answer.timeline = 2;
  read(born_checkpoint(), answer);
  EXPECT_NE(find<action::ReadHistory>(), nullptr);
  feed(input::HistoryRead{{{1, cdc::Lsn{0x980}}}});
  feed(slot_at(0x900));
  feed(input::RulesChecked{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.read_through, cdc::Lsn{0x980});
  EXPECT_EQ(find<action::Write>()->checkpoint.timeline, 2U);
}

TEST_F(CaptureStart, a_new_timeline_that_lacks_what_was_emitted_is_refused_with_the_range) {
  auto answer = server();
  answer.timeline = 2;
  read(born_checkpoint(), answer);
  feed(input::HistoryRead{{{1, cdc::Lsn{0x880}}}});
  expect_refusal("events of commits between 0/880 and 0/900 were emitted");
}

TEST_F(CaptureStart, a_new_timeline_that_lacks_the_commit_of_a_split_is_refused) {
  auto checkpoint = born_checkpoint();
  checkpoint.split = SplitPosition{cdc::Lsn{0x2000}, 2, cdc::Lsn{0x1100}, 1};
  auto answer = server();
  answer.timeline = 2;
  read(checkpoint, answer);
  feed(input::HistoryRead{{{1, cdc::Lsn{0x1800}}}});
  expect_refusal("between 0/1800 and 0/2000");
}

TEST_F(CaptureStart, refuses_a_slot_ahead_of_the_checkpoint) {
  read(born_checkpoint());
  feed(slot_at(0x1001));
  expect_refusal("is confirmed up to 0/1001, and the checkpoint reads only through 0/1000");
}

TEST_F(CaptureStart, refuses_a_slot_that_is_gone) {
  read(born_checkpoint());
  feed(input::SlotFound{std::nullopt, slot_at(0).wal_end});
  expect_refusal("a:5432 has no slot \"wakestream\"");
}

TEST_F(CaptureStart, refuses_a_slot_that_is_lost) {
  read(born_checkpoint());
  auto lost = slot_at(0x900);
  lost.slot->lost = true;
  feed(lost);
  expect_refusal("slot \"wakestream\" is lost");
}

TEST_F(CaptureStart, refuses_a_slot_of_another_database) {
  read(born_checkpoint());
  auto other = slot_at(0x900);
  other.slot->database = "shop";
  feed(other);
  expect_refusal("belongs to database shop");
}

TEST_F(CaptureStart, refuses_a_slot_of_another_plugin_or_with_two_phase) {
  read(born_checkpoint());
  auto other = slot_at(0x900);
  other.slot->plugin = "wal2json";
  feed(other);
  expect_refusal("uses the plugin wal2json");
}

TEST_F(CaptureStart, refuses_a_slot_made_with_two_phase) {
  read(born_checkpoint());
  auto other = slot_at(0x900);
  other.slot->two_phase = true;
  feed(other);
  expect_refusal("two_phase");
}

TEST_F(CaptureStart, refuses_to_take_a_slot_that_it_did_not_make) {
  read(std::nullopt);
  feed(slot_at(0x900));
  expect_refusal("exists, but the log has no checkpoint");
}

TEST_F(CaptureStart, refuses_a_log_with_events_and_without_a_checkpoint) {
  connect();
  take_lease();
  feed(found(std::nullopt));
  feed(input::WriterOpened{});
  feed(input::CheckpointRead{std::nullopt, 1, true});
  feed(input::Identified{server()});
  expect_refusal("the checkpoint topic has lost its records");
}

TEST_F(CaptureStart, refuses_another_number_of_partitions) {
  connect();
  take_lease();
  feed(found(born_checkpoint()));
  feed(input::WriterOpened{});
  feed(input::CheckpointRead{born_checkpoint(), 8, false});
  feed(input::Identified{server()});
  expect_refusal("has 8 partitions, and had 1");
}

TEST_F(CaptureStart, refuses_another_cluster) {
  auto answer = server();
  answer.system_identifier = 8;
  read(born_checkpoint(), answer);
  expect_refusal("another database cluster");
}

TEST_F(CaptureStart, refuses_a_server_that_was_left_behind_by_a_failover) {
  auto checkpoint = born_checkpoint();
  checkpoint.timeline = 3;
  read(checkpoint);
  expect_refusal("is on timeline 1, and the checkpoint on the newer timeline 3");
}

TEST_F(CaptureStart, refuses_another_slot_name_than_the_checkpoints) {
  auto checkpoint = born_checkpoint();
  checkpoint.slot = "old";
  read(checkpoint);
  expect_refusal("belongs to slot \"old\"");
}

TEST_F(CaptureStart, refuses_rules_that_do_not_fit) {
  read(born_checkpoint());
  feed(slot_at(0x900));
  feed(
      input::RulesChecked{{"rules.sql:1:1: table graph.account is not in publication wakestream"}});
  expect_refusal("table graph.account is not in publication");
}

TEST_F(CaptureStart, refuses_a_server_whose_wal_level_is_not_logical) {
  auto answer = server();
  answer.wal_level = "replica";
  connect(answer);
  expect_refusal("wal_level is replica");
}

TEST_F(CaptureStart, refuses_a_standby_older_than_16) {
  auto answer = server();
  answer.in_recovery = true;
  connect(answer);
  expect_refusal("needs 16 or later");
}

TEST_F(CaptureStart, refuses_what_trying_again_cannot_mend_and_retries_the_rest) {
  feed(input::Tick{});
  feed(cut());
  EXPECT_EQ(machine.state(), State::offline);
  pass_ms(10'000);
  feed(
      input::PostgresFailed{{cdc::ErrorKind::access_denied, "password authentication failed", {}}});
  expect_refusal("password authentication failed");
}

TEST_F(CaptureStart, waits_for_the_new_password_when_the_old_one_let_it_in_before) {
  stream();
  feed(cut());
  feed(input::WriterClosed{});
  ASSERT_EQ(machine.state(), State::offline);
  pass_ms(10'000);
  ASSERT_EQ(machine.state(), State::connecting);
  feed(
      input::PostgresFailed{{cdc::ErrorKind::access_denied, "password authentication failed", {}}});
  EXPECT_EQ(machine.state(), State::offline);
  const auto* said = find<action::Say>();
  ASSERT_NE(said, nullptr);
  EXPECT_THAT(said->message, HasSubstr("It was let in before"));
  pass_ms(10'000);
  EXPECT_NE(find<action::Connect>(), nullptr);
}

TEST_F(CaptureStart, takes_a_slot_made_beforehand_where_it_stands) {
  auto settings = test_settings();
  settings.slot_existing = true;
  machine = Machine(settings);
  read(std::nullopt);
  feed(slot_at(0x700));
  feed(input::RulesChecked{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.read_through, cdc::Lsn{0x700});
  EXPECT_EQ(find<action::Write>()->checkpoint.birth, Birth::born);
}

TEST_F(CaptureStart, never_drops_a_slot_that_is_said_to_exist_beforehand) {
  auto settings = test_settings();
  settings.slot_existing = true;
  machine = Machine(settings);
  auto half = born_checkpoint();
  half.birth = Birth::creating_slot;
  read(half);
  feed(slot_at(0x900));
  expect_refusal("slot: existing");
}

TEST_F(CaptureStart, gives_the_lease_back_when_the_log_is_held_and_names_the_holder) {
  connect();
  take_lease();
  feed(found(born_checkpoint()));
  feed(input::LogFailed{{log::ErrorKind::held, "held by pid 4711"}});
  EXPECT_EQ(machine.state(), State::offline);
  EXPECT_NE(find<action::Disconnect>(), nullptr);
  EXPECT_THAT(find<action::Say>()->message, HasSubstr("pid 4711"));
}

TEST_F(CaptureStart, a_connection_that_is_cut_while_the_log_is_asked_waits_for_its_answer) {
  connect();
  take_lease();
  feed(cut());
  EXPECT_EQ(machine.state(), State::closing);
  feed(input::LogFailed{{log::ErrorKind::unreachable, "no answer"}});
  EXPECT_EQ(machine.state(), State::offline);
}

}  // namespace
}  // namespace wakestream::capture
