#include "roles/capture/fact_keeper.h"

#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

// The machine with the keeper looking on, as the loop has it.
class FactKeeperTest : public MachineTest {
 protected:
  FactKeeperTest() {
    now.mono_ms = 1'000;
    now.wall_ms = 1'790'000'000'000;
  }
  void give(const Input& input) {
    feed(input);
    keeper.saw(now, input);
    for (const auto& action : actions) keeper.saw(now, action);
  }
  void pass(std::int64_t duration_ms) {
    now.mono_ms += duration_ms;
    now.wall_ms += duration_ms;
    give(input::Tick{});
  }
  void give_stream() {
    give(input::Tick{});
    give(server());
    give(input::LeaseAnswered{true, ""});
    give(found(born_checkpoint()));
    give(input::WriterOpened{});
    give(found(born_checkpoint()));
    give(input::Identified{server()});
    give(slot_at(0x900));
    give(input::RulesChecked{});
    give(input::Committed{});
    give(input::StreamStarted{});
  }
  void give_transaction(std::uint64_t commit_lsn, std::int64_t commit_time_ms) {
    keeper.saw_message(cdc::Lsn{commit_lsn - 0x80}, 30);
    keeper.saw_commit_time(commit_time_ms * 1'000);
    give(input::Began{cdc::Lsn{commit_lsn}});
    keeper.saw_message(cdc::Lsn{commit_lsn - 0x40}, 50);
    give(input::RowReceived{1, cdc::Lsn{commit_lsn - 0x40}});
    give(input::RowMapped{1, 100});
    keeper.saw_message(cdc::Lsn{commit_lsn}, 20);
    give(input::Ended{cdc::Lsn{commit_lsn}, cdc::Lsn{commit_lsn + 8}});
  }
  CaptureFacts facts() {
    keeper.publish(now);
    return published.back();
  }

  std::vector<CaptureFacts> published;
  FactKeeper keeper{machine, [this](const CaptureFacts& facts) { published.push_back(facts); }};
};

TEST_F(FactKeeperTest, counts_what_was_read_and_says_how_far_the_log_is) {
  give_stream();
  give_transaction(0x2000, now.wall_ms - 40);
  auto seen = facts();
  EXPECT_EQ(seen.state, State::streaming);
  EXPECT_EQ(seen.messages, 3u);
  EXPECT_EQ(seen.received_bytes, 100u);
  EXPECT_EQ(seen.transactions, 1u);
  EXPECT_EQ(seen.rows, 1u);
  EXPECT_EQ(seen.received, cdc::Lsn{0x2008});
  EXPECT_EQ(seen.durable->read_through, cdc::Lsn{0x1000});
  EXPECT_EQ(seen.newest_commit_ms, 0);

  const auto committed_at = now.wall_ms - 40;
  now.mono_ms += 60;
  now.wall_ms += 60;
  give(input::Committed{});
  seen = facts();
  EXPECT_EQ(seen.durable->read_through, cdc::Lsn{0x2008});
  EXPECT_EQ(seen.newest_commit_ms, committed_at);
  EXPECT_EQ(seen.source_to_log.count, 1u);
  EXPECT_DOUBLE_EQ(seen.source_to_log.sum, 0.1);
  // The claim and the transaction.
  EXPECT_EQ(seen.log_commit.count, 2u);
  EXPECT_DOUBLE_EQ(seen.log_commit.sum, 0.06);
  pass(100);
  EXPECT_EQ(facts().confirmed, cdc::Lsn{0x2008});
}

TEST_F(FactKeeperTest, a_commit_that_waits_for_the_writer_is_not_taken_for_written) {
  give_stream();
  give_transaction(0x2000, now.wall_ms - 500);
  give_transaction(0x3000, now.wall_ms - 100);  // behind the write that is on its way
  give(input::Committed{});
  EXPECT_EQ(facts().newest_commit_ms, now.wall_ms - 500);
  give(input::Committed{});
  EXPECT_EQ(facts().newest_commit_ms, now.wall_ms - 100);
}

TEST_F(FactKeeperTest, a_keepalive_at_the_logs_position_says_that_it_has_caught_up) {
  give_stream();
  give(input::KeptAlive{cdc::Lsn{0x1000}, false});
  EXPECT_EQ(facts().caught_up_ms, now.wall_ms);
  EXPECT_EQ(facts().last_keepalive_ms, now.wall_ms);
}

TEST_F(FactKeeperTest, a_keepalive_ahead_of_the_log_says_so_only_once_the_log_has_it) {
  give_stream();
  pass(300);
  const auto came_at = now.wall_ms;
  give(input::KeptAlive{cdc::Lsn{0x5000}, false});
  EXPECT_EQ(facts().caught_up_ms, 0);
  EXPECT_EQ(facts().received, cdc::Lsn{0x5000});
  pass(1'000);
  give(input::Committed{});
  EXPECT_EQ(facts().caught_up_ms, came_at);
}

TEST_F(FactKeeperTest, what_is_waited_for_is_kept_until_it_streams) {
  give(input::Tick{});
  give(server());
  give(input::LeaseAnswered{false, "pid 7"});
  EXPECT_EQ(facts().waits_for, "lease_waiting");
  EXPECT_NE(facts().waits_because.find("another instance"), std::string::npos);
  pass(1'000);
  give(input::LeaseAnswered{true, ""});
  EXPECT_EQ(facts().waits_for, "lease_waiting") << "not there yet";
  give(found(born_checkpoint()));
  give(input::WriterOpened{});
  give(found(born_checkpoint()));
  give(input::Identified{server()});
  give(slot_at(0x900));
  give(input::RulesChecked{});
  give(input::Committed{});
  give(input::StreamStarted{});
  EXPECT_EQ(facts().waits_for, "");
}

TEST_F(FactKeeperTest, failures_and_doubts_are_counted) {
  give_stream();
  give_transaction(0x2000, now.wall_ms);
  give(doubt());
  EXPECT_EQ(facts().commits_in_doubt, 1u);
  EXPECT_EQ(facts().waits_for, "commit_in_doubt");
  give(cut());
  EXPECT_EQ(facts().connection_failures, 1u);
  EXPECT_EQ(facts().connections, 1u);
  EXPECT_EQ(facts().streams, 1u);
}

TEST_F(FactKeeperTest, publishes_at_a_change_of_state_and_otherwise_a_few_times_a_second) {
  give_stream();
  keeper.publish_when_due(now);
  const auto before = published.size();
  for (int turn = 0; turn < 100; ++turn) {
    now.mono_ms += 1;
    give_transaction(0x2000 + 0x100 * static_cast<std::uint64_t>(turn), now.wall_ms);
    keeper.publish_when_due(now);
  }
  EXPECT_EQ(published.size(), before);
  now.mono_ms += 100;
  keeper.publish_when_due(now);
  EXPECT_EQ(published.size(), before + 1);
  give(cut());
  keeper.publish_when_due(now);
  EXPECT_EQ(published.size(), before + 2);
}

TEST(RecordTallyTest, travels_with_its_batch) {
  RecordBatch first;
  RecordBatch second;
  const auto add = [](RecordBatch& batch, std::size_t type) {
    batch.add("events", 0, 0, "key", {}, "{}");
    batch.tally().add_event(type);
  };
  add(first, 0);
  add(second, 2);
  second.add("quarantine", 0, 0, "key", {}, "{}");
  second.tally().add_quarantined("customer.created");
  first.append(second);
  EXPECT_EQ(first.tally().events, (std::vector<std::uint64_t>{1, 0, 1}));
  EXPECT_EQ(first.tally().quarantined.at("customer.created"), 1u);
  RecordBatch third;
  third.swap(first);
  EXPECT_EQ(third.tally().events.at(2), 1u);
  third.clear();
  EXPECT_EQ(third.tally().events, (std::vector<std::uint64_t>{0, 0, 0}));
  EXPECT_TRUE(third.tally().quarantined.empty());
}

TEST(DurationTallyTest, counts_each_duration_in_the_first_bucket_that_holds_it) {
  DurationTally tally;
  for (const double seconds : {0.0, 0.001, 0.0011, 60.0, 61.0}) tally.add(seconds);
  EXPECT_EQ(tally.counts.front(), 2u);
  EXPECT_EQ(tally.counts[1], 1u);
  EXPECT_EQ(tally.counts.back(), 1u);
  EXPECT_EQ(tally.count, 5u);
}

}  // namespace
}  // namespace wakestream::capture
