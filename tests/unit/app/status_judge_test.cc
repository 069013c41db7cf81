#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/status/amounts.h"
#include "app/status/status.h"

namespace wakestream::app {
namespace {

using testing::HasSubstr;

constexpr std::int64_t now_ms = 1'790'000'000'000;

// A pipeline that runs, without an endpoint, and has everything.
class StatusJudgeTest : public testing::Test {
 protected:
  StatusJudgeTest() {
    status.pipeline = "demo";
    status.slot = "wakestream";
    status.at_ms = now_ms;
    status.checkpoint.emplace();
    status.checkpoint->birth = capture::Birth::born;
    status.checkpoint->read_through = cdc::Lsn{0x1000};
    status.checkpoint->written_at_ms = now_ms - 2'000;
    status.source.emplace();
    status.source->wal_end = cdc::Lsn{0x1000};
    status.source->lease_holder = "pid 7";
    status.source->slot.emplace();
    status.source->slot->active = true;
    status.source->slot->wal_status = "reserved";
  }
  std::string sentences() const {
    std::string all;
    for (const auto& finding : judge(status).findings) all += finding.sentence + "\n";
    return all;
  }
  Verdict verdict() const { return judge(status).verdict; }
  void answer(const std::string& stage, std::int64_t since_ms) {
    status.process.emplace();
    status.process->stage = stage;
    status.process->stage_since_ms = now_ms - since_ms;
    status.process->feed = "away";
  }

  Status status;
};

TEST_F(StatusJudgeTest, well_when_it_runs_and_has_everything) {
  EXPECT_EQ(verdict(), Verdict::well) << sentences();
  EXPECT_EQ(judge(status).feed, "quiet");
  EXPECT_EQ(judge(status).lag_seconds, 0);
}

TEST_F(StatusJudgeTest, lag_in_seconds_is_what_was_measured_and_says_so) {
  status.source->wal_end = cdc::Lsn{0x2000};
  EXPECT_FALSE(judge(status).lag_seconds);
  status.catching_up = CatchingUp{0.2, true};
  EXPECT_EQ(judge(status).lag_seconds, 0.2);
  EXPECT_THAT(judge(status).lag_from, HasSubstr("measured"));
  EXPECT_FALSE(judge(status).lag_seconds_min);
}

TEST_F(StatusJudgeTest, lag_that_was_not_caught_up_with_is_bounded_by_the_newest_event) {
  status.source->wal_end = cdc::Lsn{0x2000};
  status.catching_up = CatchingUp{0.7, false};
  EXPECT_EQ(judge(status).lag_seconds_min, 0.7);
  EXPECT_FALSE(judge(status).lag_seconds);
  status.events = TopicCount{1, {}, true, "2026-09-21T14:13:10.000000Z"};
  EXPECT_EQ(judge(status).lag_seconds, 10);
  EXPECT_THAT(judge(status).lag_from, HasSubstr("newest event"));
  status.events->newest_commit = "2026-09-21T14:13:19.900000Z";
  EXPECT_EQ(judge(status).lag_seconds, 0.7);
  status.events->whole = false;
  EXPECT_FALSE(judge(status).lag_seconds);
  status.source->lease_holder.clear();
  EXPECT_EQ(judge(status).lag_seconds, 2);
  EXPECT_THAT(judge(status).lag_from, HasSubstr("since the last checkpoint"));
}

TEST_F(StatusJudgeTest, a_restart_is_waited_out_and_a_long_one_needs_a_person) {
  answer("offline", 5'000);
  EXPECT_EQ(verdict(), Verdict::well);
  answer("offline", 61'000);
  EXPECT_EQ(verdict(), Verdict::needs_person);
  answer("refused", 0);
  EXPECT_EQ(verdict(), Verdict::needs_person);
}

TEST_F(StatusJudgeTest, an_instance_that_waits_for_another_ones_lease_is_well) {
  answer("waiting", 3'600'000);
  status.process->waits_for = "lease_waiting";
  EXPECT_EQ(verdict(), Verdict::well);
}

TEST_F(StatusJudgeTest, a_fast_server_is_no_danger_to_a_slot_that_keeps_up) {
  status.source->wal_bytes = 1e9;
  status.source->wal_seconds = 10;
  status.source->slot->safe_wal_bytes = 1'000'000'000;
  EXPECT_EQ(verdict(), Verdict::well) << sentences();
  EXPECT_DOUBLE_EQ(*judge(status).seconds_left, 10);
  status.source->slot->kept_wal_bytes = 500'000'000;
  EXPECT_EQ(verdict(), Verdict::needs_person);
  EXPECT_THAT(sentences(), HasSubstr("10.0 s left before the slot may be lost"));
}

TEST_F(StatusJudgeTest, a_writer_that_holds_the_lease_and_writes_nothing_needs_a_person) {
  status.checkpoint->written_at_ms = now_ms - 70'000;
  EXPECT_EQ(verdict(), Verdict::needs_person);
  EXPECT_THAT(sentences(), HasSubstr("the last checkpoint is 70.0 s old"));
}

TEST_F(StatusJudgeTest, what_could_not_be_asked_is_no_verdict_and_a_problem_that_is_seen_is_one) {
  status.log_problem = "no broker answers";
  EXPECT_EQ(verdict(), Verdict::cannot_tell);
  status.source->slot->wal_status = "lost";
  EXPECT_EQ(verdict(), Verdict::needs_person);
}

TEST_F(StatusJudgeTest, the_process_is_believed_when_this_machine_cannot_reach_the_database) {
  answer("streaming", 60'000);
  status.process->feed = "fed";
  status.source.reset();
  status.source_problem = "cannot connect to PostgreSQL";
  EXPECT_EQ(verdict(), Verdict::well);
  EXPECT_THAT(sentences(), HasSubstr("cannot connect"));
}

TEST(AmountsTest, are_written_as_people_read_them) {
  EXPECT_EQ(bytes_text(1'023), "1023 bytes");
  EXPECT_EQ(bytes_text(1'536), "1.5 KiB");
  EXPECT_EQ(bytes_text(5.0 * 1024 * 1024 * 1024 * 1024), "5.0 TiB");
  EXPECT_EQ(duration_text(2.44), "2.4 s");
  EXPECT_EQ(duration_text(1'020), "17 min");
  EXPECT_EQ(duration_text(12'600), "3.5 h");
  EXPECT_EQ(duration_text(12 * 86'400), "12 days");
}

}  // namespace
}  // namespace wakestream::app
