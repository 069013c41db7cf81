#include "app/http/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/http/health.h"

namespace wakestream::app {
namespace {

using testing::HasSubstr;

constexpr std::int64_t now_ms = 1'790'000'000'000;

// A stream that has everything up to 0/1000, and last heard of something new 30 s ago.
class FeedTest : public testing::Test {
 protected:
  FeedTest() {
    facts.at_ms = now_ms;
    facts.started_ms = now_ms - 3'600'000;
    facts.state = capture::State::streaming;
    facts.reads = true;
    facts.received = cdc::Lsn{0x1000};
    facts.last_progress_ms = now_ms - 30'000;
    facts.durable.emplace();
    facts.durable->read_through = cdc::Lsn{0x1000};
    source.answers = true;
  }
  void server_at(std::uint64_t wal_end, std::int64_t ago_ms) {
    source.facts.wal_end = cdc::Lsn{wal_end};
    source.history.add(now_ms - ago_ms, cdc::Lsn{wal_end});
  }
  FeedFacts seen() const { return feed_of(facts, source, now_ms); }

  capture::CaptureFacts facts;
  SourceView source;
};

TEST_F(FeedTest, quiet_is_a_server_that_has_nothing_more) {
  server_at(0x1000, 15'000);
  server_at(0x1000, 1'000);
  EXPECT_EQ(seen().feed, Feed::quiet);
  EXPECT_EQ(seen().lag_bytes, 0u);
  EXPECT_EQ(seen().lag_seconds, 0);
}

TEST_F(FeedTest, held_back_is_a_server_that_has_more_for_ten_seconds_and_sends_nothing) {
  server_at(0x1000, 20'000);
  server_at(0x9000, 15'000);
  server_at(0x9000, 1'000);
  EXPECT_EQ(seen().feed, Feed::held_back);
  EXPECT_EQ(seen().lag_bytes, 0x8000u);
  EXPECT_EQ(seen().lag_seconds, 20) << "when the server was last seen where the log is";
  EXPECT_THAT(seen().because, HasSubstr("0/9000"));
  EXPECT_FALSE(ready(facts, seen(), now_ms).good);
}

TEST_F(FeedTest, what_the_server_wrote_just_now_is_on_its_way) {
  server_at(0x1000, 15'000);
  server_at(0x9000, 1'000);
  EXPECT_EQ(seen().feed, Feed::fed);
}

TEST_F(FeedTest, a_position_that_moves_is_fed_however_far_behind) {
  facts.last_progress_ms = now_ms - 500;
  server_at(0xFFFFFF, 15'000);
  server_at(0xFFFFFF, 1'000);
  EXPECT_EQ(seen().feed, Feed::fed);
  EXPECT_TRUE(ready(facts, seen(), now_ms).good);
}

TEST_F(FeedTest, a_walsender_that_says_for_what_it_waits_is_believed_sooner) {
  facts.last_progress_ms = now_ms - 4'000;
  server_at(0x9000, 1'000);
  source.facts.slot.emplace();
  source.facts.slot->wait_event = "WaitForStandbyConfirmation";
  source.facts.slot->failover = true;
  source.facts.standby_slots = {{"standby_1", true, false, {}}};
  EXPECT_EQ(seen().feed, Feed::held_back);
  EXPECT_THAT(seen().because, HasSubstr("\"standby_1\" of synchronized_standby_slots"));
  facts.last_progress_ms = now_ms - 2'000;
  EXPECT_EQ(seen().feed, Feed::fed);
}

TEST_F(FeedTest, full_buffers_are_our_own_matter) {
  facts.reads = false;
  server_at(0x9000, 15'000);
  EXPECT_EQ(seen().feed, Feed::log_full);
}

TEST_F(FeedTest, without_a_stream_it_is_away_and_the_lag_is_known_all_the_same) {
  facts.state = capture::State::leasing;
  server_at(0x1000, 60'000);
  server_at(0x9000, 1'000);
  EXPECT_EQ(seen().feed, Feed::away);
  EXPECT_EQ(seen().lag_bytes, 0x8000u);
  EXPECT_EQ(seen().lag_seconds, 60);
}

TEST_F(FeedTest, a_server_that_does_not_answer_leaves_it_unknown) {
  source.answers = false;
  facts.caught_up_ms = now_ms - 8'000;
  EXPECT_EQ(seen().feed, Feed::unknown);
  EXPECT_EQ(seen().lag_seconds, 8) << "the last keepalive's word is the best there is";
}

TEST_F(FeedTest, under_load_the_newest_commit_says_how_far_it_is) {
  facts.last_progress_ms = now_ms;
  facts.newest_commit_ms = now_ms - 250;
  server_at(0x9000, 5'000);
  EXPECT_DOUBLE_EQ(seen().lag_seconds, 0.25);
}

TEST_F(FeedTest, after_a_start_the_last_checkpoint_of_the_process_before_counts) {
  facts.started_ms = now_ms - 1'000;
  facts.durable->written_at_ms = now_ms - 90'000;
  server_at(0x9000, 500);
  EXPECT_EQ(seen().lag_seconds, 90);
}

TEST(SourceHistoryTest, tells_the_rate_once_ten_seconds_are_known) {
  SourceHistory history;
  history.add(now_ms, cdc::Lsn{1'000});
  EXPECT_FALSE(history.bytes_per_second());
  history.add(now_ms + 5'000, cdc::Lsn{2'000});
  EXPECT_FALSE(history.bytes_per_second());
  history.add(now_ms + 20'000, cdc::Lsn{21'000});
  EXPECT_DOUBLE_EQ(*history.bytes_per_second(), 1'000);
}

TEST(SourceHistoryTest, a_promoted_server_that_is_further_back_begins_anew) {
  SourceHistory history;
  history.add(now_ms, cdc::Lsn{9'000});
  history.add(now_ms + 20'000, cdc::Lsn{1'000});
  EXPECT_FALSE(history.bytes_per_second());
  EXPECT_FALSE(history.beyond(cdc::Lsn{1'000}, now_ms + 20'000));
}

}  // namespace
}  // namespace wakestream::app
