#include <gmock/gmock.h>

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using Kind = SnapshotChange::Kind;

// Rows that are there already, between the commits of the stream.
class CaptureSnapshot : public MachineTest {
 protected:
  static input::CommandReady command(Kind kind, std::int64_t offset = 0) {
    input::CommandReady ready;
    ready.offset = offset;
    ready.snapshot = SnapshotChange{kind, "c1", {{"t.a", ""}, {"t.b", ""}}};
    return ready;
  }
  void give(const input::CommandReady& ready) {
    feed(ready);
    taken = find<action::TakeChunk>() != nullptr;
    feed(input::CommandApplied{1, 100});
    feed(input::Committed{});
  }
  // A stream with a snapshot whose first chunk is asked for.
  void begin() {
    stream();
    give(command(Kind::start));
    ASSERT_TRUE(taken);
  }
  void chunk_ready(std::uint64_t not_before) { feed(input::ChunkReady{cdc::Lsn{not_before}}); }
  void chunk_applied(std::uint64_t records, SnapshotPosition position) {
    feed(input::ChunkApplied{records, records * 10, std::move(position), 0});
  }
  static SnapshotPosition at(const char* key, std::uint64_t rows, bool end = false) {
    SnapshotPosition position;
    position.after = {key};
    position.rows = rows;
    position.reached_end = end;
    return position;
  }

  bool taken = false;
};

TEST_F(CaptureSnapshot, begins_by_a_command_and_is_in_the_checkpoint_of_its_decision) {
  stream();
  feed(command(Kind::start));
  ASSERT_NE(find<action::ApplyCommand>(), nullptr);
  EXPECT_EQ(find<action::ApplyCommand>()->refusal, "");
  feed(input::CommandApplied{1, 100});
  const auto* write = find<action::Write>();
  ASSERT_NE(write, nullptr);
  ASSERT_TRUE(write->checkpoint.snapshot);
  EXPECT_EQ(write->checkpoint.snapshot->number, 1U);
  EXPECT_EQ(write->checkpoint.snapshot->id, "c1");
  EXPECT_EQ(write->checkpoint.snapshot->began_at, cdc::Lsn{0x1000});
  EXPECT_EQ(write->checkpoint.snapshots, 1U);
}

TEST_F(CaptureSnapshot, a_chunk_waits_until_the_stream_has_passed_what_it_may_show) {
  begin();
  chunk_ready(0x3000);
  EXPECT_EQ(find<action::ApplyChunk>(), nullptr);
  ASSERT_NE(find<action::SendFeedback>(), nullptr) << "a quiet server is asked how far it is";
  EXPECT_TRUE(find<action::SendFeedback>()->reply_requested);
  feed(input::Began{cdc::Lsn{0x3000}});
  row(1, 0x2F00);
  feed(input::KeptAlive{cdc::Lsn{0x3100}, false});
  EXPECT_EQ(find<action::ApplyChunk>(), nullptr) << "inside a transaction";
  feed(input::Ended{cdc::Lsn{0x3000}, cdc::Lsn{0x3008}});
  EXPECT_EQ(find<action::ApplyChunk>(), nullptr) << "records are sealed, and on their way now";
  feed(input::Tick{});
  ASSERT_NE(find<action::ApplyChunk>(), nullptr);
  EXPECT_EQ(find<action::ApplyChunk>()->late.said_at, cdc::Lsn{0x3008});
}

TEST_F(CaptureSnapshot, records_and_progress_are_one_log_transaction_and_the_next_chunk_is_asked) {
  begin();
  chunk_ready(0x1000);
  ASSERT_NE(find<action::ApplyChunk>(), nullptr);
  EXPECT_EQ(find<action::Write>(), nullptr) << "its records are not there yet";
  chunk_applied(7, at("k", 7));
  const auto* write = find<action::Write>();
  ASSERT_NE(write, nullptr);
  EXPECT_EQ(write->records, action::Write::Records::sealed);
  EXPECT_EQ(write->checkpoint.snapshot->position, at("k", 7));
  EXPECT_EQ(write->checkpoint.late_events, 8U) << "the decision counts, too";
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.position, at("k", 7));
  chunk_ready(0x1000);
  ASSERT_NE(find<action::ApplyChunk>(), nullptr) << "while the first is on its way";
  EXPECT_EQ(find<action::ApplyChunk>()->late.late_events, 8U);
  chunk_applied(3, at("m", 10));
  EXPECT_EQ(find<action::Write>(), nullptr);
  chunk_ready(0x1000);
  EXPECT_EQ(find<action::ApplyChunk>(), nullptr) << "a chunk goes out alone";
  feed(input::Committed{});
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.snapshot->position, at("m", 10));
}

TEST_F(CaptureSnapshot, what_its_rows_may_show_counts_as_emitted) {
  begin();
  feed(input::Began{cdc::Lsn{0x2000}});
  row(1, 0x1F00, 0);
  feed(input::Ended{cdc::Lsn{0x2000}, cdc::Lsn{0x2008}});
  feed(input::KeptAlive{cdc::Lsn{0x9000}, false});
  chunk_ready(0x2000);
  chunk_applied(1, at("k", 1));
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.emitted_through, cdc::Lsn{0x2008})
      << "behind the last commit, not at the idle position";
}

TEST_F(CaptureSnapshot, goes_from_table_to_table_and_ends) {
  begin();
  chunk_ready(0x1000);
  chunk_applied(2, at("k", 2, true));
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.tables.front().name, "t.b");
  EXPECT_EQ(find<action::TakeChunk>()->progress.position, SnapshotPosition{});
  EXPECT_EQ(find<action::TakeChunk>()->progress.rows_done, 2U);
  chunk_ready(0x1000);
  feed(input::Committed{});
  chunk_applied(1, at("k", 1, true));
  EXPECT_NE(find<action::DropChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>(), nullptr);
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_FALSE(find<action::Write>()->checkpoint.snapshot);
  EXPECT_EQ(find<action::Say>(), nullptr) << "it is not durable yet";
  feed(input::Committed{});
  ASSERT_NE(find<action::Say>(), nullptr);
  EXPECT_EQ(find<action::Say>()->event, "snapshot_table_done");
}

TEST_F(CaptureSnapshot, people_are_told_how_far_it_is) {
  begin();
  for (const std::uint64_t rows : {100, 200, 300}) {
    chunk_ready(0x1000);
    chunk_applied(1, at("k", rows));
    feed(input::Committed{});
    now.mono_ms += 10'000;
  }
  ASSERT_NE(find<action::Say>(), nullptr);
  EXPECT_EQ(find<action::Say>()->event, "snapshot_progress");
  EXPECT_THAT(find<action::Say>()->fields,
              testing::Contains(std::pair<std::string, std::string>("rows_per_second", "10")));
}

// Told by the log, to whoever asks for the status.
TEST_F(CaptureSnapshot, of_differences_says_how_far_it_has_read_what_was_said) {
  stream();
  auto start = command(Kind::start);
  start.snapshot->differences = true;
  give(start);
  ASSERT_TRUE(taken);
  for (const std::uint64_t read : {100, 200, 300}) {
    feed(input::ComparisonRead{read, 1'000});
    pass_ms(10'000);
    ASSERT_NE(find<action::Write>(), nullptr);
    EXPECT_EQ(find<action::Write>()->checkpoint.snapshot->said_read, read);
    EXPECT_EQ(find<action::Write>()->checkpoint.snapshot->said_to_read, 1'000U);
    feed(input::Committed{});
  }
  ASSERT_NE(find<action::Say>(), nullptr);
  EXPECT_EQ(find<action::Say>()->event, "snapshot_compares");
  feed(input::ChunkFailed{"", true});
  pass_ms(50);
  ASSERT_NE(find<action::TakeChunk>(), nullptr) << "once it is known";
  EXPECT_TRUE(find<action::TakeChunk>()->progress.differences);
  EXPECT_EQ(find<action::TakeChunk>()->progress.said_to_read, 0U);
  chunk_ready(0x1000);
  EXPECT_TRUE(find<action::ApplyChunk>()->progress.differences);
}

TEST_F(CaptureSnapshot, of_differences_says_what_was_left_out_and_what_was_not_found) {
  auto checkpoint = born_checkpoint();
  checkpoint.snapshot = SnapshotProgress{};
  checkpoint.snapshot->tables = {{"t.a", ""}};
  checkpoint.snapshot->differences = true;
  stream(checkpoint);
  chunk_ready(0x1000);
  auto position = at("k", 10, true);
  position.unchanged = 8;
  feed(input::ChunkApplied{1, 100, position, 0, 3});
  feed(input::Committed{});
  ASSERT_NE(find<action::Say>(), nullptr);
  using Field = std::pair<std::string, std::string>;
  EXPECT_THAT(find<action::Say>()->fields,
              testing::IsSupersetOf({Field{"rows", "10"}, Field{"unchanged", "8"},
                                     Field{"said_but_not_found", "3"}}));
}

TEST_F(CaptureSnapshot, goes_on_where_the_checkpoint_says) {
  auto checkpoint = born_checkpoint();
  checkpoint.snapshot = SnapshotProgress{};
  checkpoint.snapshot->tables = {{"t.a", ""}};
  checkpoint.snapshot->position = at("k", 100);
  stream(checkpoint);
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->progress.position, at("k", 100));
  chunk_ready(0x1000);
  feed(cut());
  chunk_applied(5, at("m", 105));
  EXPECT_EQ(find<action::Write>(), nullptr) << "the stream is gone, and the chunk with it";
}

TEST_F(CaptureSnapshot, pauses_goes_on_and_is_given_up) {
  begin();
  give(command(Kind::pause, 1));
  EXPECT_FALSE(taken);
  pass_ms(60'000);
  EXPECT_EQ(find<action::TakeChunk>(), nullptr);
  feed(input::Committed{});
  feed(command(Kind::pause, 2));
  EXPECT_THAT(find<action::ApplyCommand>()->refusal, testing::HasSubstr("paused already"));
  feed(input::CommandApplied{1, 100});
  feed(input::Committed{});
  give(command(Kind::resume, 3));
  EXPECT_TRUE(taken);
  feed(command(Kind::start, 4));
  EXPECT_THAT(find<action::ApplyCommand>()->refusal, testing::HasSubstr("snapshot 1 is not done"));
  feed(input::CommandApplied{1, 100});
  feed(input::Committed{});
  feed(command(Kind::cancel, 5));
  EXPECT_NE(find<action::DropChunk>(), nullptr);
  feed(input::CommandApplied{1, 100});
  EXPECT_FALSE(find<action::Write>()->checkpoint.snapshot);
  feed(input::Committed{});
  feed(command(Kind::resume, 6));
  EXPECT_THAT(find<action::ApplyCommand>()->refusal, testing::HasSubstr("there is no snapshot"));
}

TEST_F(CaptureSnapshot, asks_again_after_a_while_and_pauses_when_that_is_of_no_use) {
  begin();
  feed(input::ChunkFailed{"", true});
  EXPECT_EQ(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::Say>(), nullptr);
  pass_ms(50);
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  feed(input::ChunkFailed{"locked", true});
  ASSERT_NE(find<action::Say>(), nullptr);
  pass_ms(100);
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  feed(input::ChunkFailed{"locked", true});
  EXPECT_EQ(find<action::Say>(), nullptr) << "said once";
  pass_ms(200);
  feed(input::ChunkFailed{"no SELECT", false});
  ASSERT_NE(find<action::Say>(), nullptr);
  EXPECT_EQ(find<action::Say>()->event, "snapshot_paused");
  pass_ms(60'000);
  EXPECT_EQ(find<action::TakeChunk>(), nullptr);
  ASSERT_NE(find<action::Write>(), nullptr);
  EXPECT_EQ(find<action::Write>()->checkpoint.snapshot->paused_because, "no SELECT");
}

class CaptureSlowSnapshot : public CaptureSnapshot {
 protected:
  CaptureSlowSnapshot() {
    auto settings = test_settings();
    settings.snapshot_rows_per_second = 100;
    machine = Machine(settings);
  }
};

TEST_F(CaptureSlowSnapshot, reads_no_more_rows_a_second_than_it_may) {
  stream();
  feed(command(Kind::start));
  ASSERT_NE(find<action::TakeChunk>(), nullptr);
  EXPECT_EQ(find<action::TakeChunk>()->records_max, 25U) << "evenly, and not a second's at once";
  feed(input::CommandApplied{1, 100});
  feed(input::Committed{});
  chunk_ready(0x1000);
  chunk_applied(5, at("k", 50));
  EXPECT_EQ(find<action::TakeChunk>(), nullptr);
  feed(input::Committed{});
  pass_ms(499);
  EXPECT_EQ(find<action::TakeChunk>(), nullptr);
  pass_ms(1);
  EXPECT_NE(find<action::TakeChunk>(), nullptr);
}

// A connection that goes while a command is carried out takes its records along.
TEST_F(CaptureSnapshot, a_command_that_is_applied_too_late_counts_nothing) {
  stream();
  feed(command(Kind::start));
  feed(cut());
  feed(input::CommandApplied{1, 100});
  EXPECT_EQ(find<action::Write>(), nullptr);
  feed(input::WriterClosed{});
  pass_ms(60'000);
  EXPECT_EQ(find<action::Write>(), nullptr);
}

}  // namespace
}  // namespace wakestream::capture
