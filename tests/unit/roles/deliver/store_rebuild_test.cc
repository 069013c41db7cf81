// What a consumer's topics say, read back into a store: on a real embedded log.
#include "roles/deliver/store_rebuild.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "roles/deliver/lane_record.h"
#include "roles/deliver/lane_store_file.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::deliver {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class StoreRebuildTest : public testing::Test {
 protected:
  void SetUp() override {
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/log";
    log_ = std::move(*log::embedded::open_embedded_log(options));
    const auto specs = topics_.specs(partition_count);
    ASSERT_TRUE(log_->ensure_topics(specs, true, log::Milliseconds{1'000}));
    log::WriterOptions writer;
    writer.name = topics_.writer;
    writer_ = std::move(*log_->open_writer(writer));
  }

  void write(const log::Record& record) {
    ASSERT_TRUE(writer_->begin());
    ASSERT_TRUE(writer_->produce(record));
    ASSERT_TRUE(writer_->commit({}));
  }
  void write_lane(std::int32_t partition, std::string_view key, std::string_view value) {
    write(record(topics_.lanes, partition, key, value));
  }
  void remove_lane(std::int32_t partition, std::string_view key) {
    auto tombstone = record(topics_.lanes, partition, key, {});
    tombstone.tombstone = true;
    write(tombstone);
  }
  void write_letter(const Letter& letter) {
    const auto key = letter_key(letter.account(), letter.event.offset);
    const auto headers = letter_headers(letter);
    auto written = record(topics_.dead_letters, letter.event.partition, key, letter.event.value);
    written.headers = headers;
    write(written);
  }
  void settle_letter(const Letter& letter) {
    const auto key = letter_key(letter.account(), letter.event.offset);
    auto tombstone = record(topics_.dead_letters, letter.event.partition, key, {});
    tombstone.tombstone = true;
    write(tombstone);
  }
  static log::Record record(std::string_view topic, std::int32_t partition, std::string_view key,
                            std::string_view value) {
    log::Record record;
    record.topic = topic;
    record.partition = partition;
    record.key = key;
    record.value = value;
    return record;
  }
  static Letter letter(std::string_view account, std::int64_t offset) {
    Letter letter;
    letter.event.partition = 1;
    letter.event.offset = offset;
    letter.event.key = account;
    letter.event.value = "{}";
    letter.event.headers = {{"ce_id", "1-2-3"}};
    return letter;
  }
  // Of one of two shares.
  static ConsumerState state_of(std::string_view who, std::int64_t commands_read) {
    ConsumerState state;
    state.share_count = 2;
    state.who = who;
    state.commands_read = commands_read;
    return state;
  }
  log::Result<Recorded> rebuild() {
    return deliver::rebuild(*log_, topics_, partition_count, log::Milliseconds{5'000}, *store_);
  }

  static constexpr std::int32_t partition_count = 2;
  log::contract::TemporaryFolder folder_;
  Topics topics_{"p", "esp"};
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<LaneStore> store_ = std::move(*LaneStoreFile::make());
};

TEST_F(StoreRebuildTest, of_a_new_consumer_nothing_is_found) {
  const auto found = rebuild();
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->progress.size(), 2U);
  EXPECT_FALSE(found->progress[0]);
  EXPECT_FALSE(found->progress[1]);
  EXPECT_FALSE(found->state());
  EXPECT_EQ(store_->sums().letters_waiting, 0U);
}

TEST_F(StoreRebuildTest, the_last_record_of_a_key_counts) {
  Progress progress;
  progress.read(0);
  write_lane(0, progress_key(1), progress.encode());
  progress.done(0);
  progress.read(1);
  write_lane(0, progress_key(1), progress.encode());
  const ConsumerState state{.paused = true, .who = "dana", .why = "", .commands_read = 3};
  write_lane(0, consumer_state_key, encode_state({}));
  write_lane(0, consumer_state_key, encode_state(state));
  LaneState lane;
  lane.parked = true;
  lane.attempts = 10;
  write_lane(1, "a", encode_lane({}));
  write_lane(1, "a", encode_lane(lane));
  write_lane(1, "b", encode_lane(lane));
  remove_lane(1, "b");
  for (const auto offset : {7, 8, 9}) write_letter(letter("a", offset));
  auto dead = letter("a", 8);
  dead.state = LetterState::dead;
  write_letter(dead);
  settle_letter(letter("a", 7));

  const auto found = rebuild();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->progress[0]);
  ASSERT_TRUE(found->progress[1]);
  EXPECT_EQ(found->progress[1]->next(), 1);
  EXPECT_EQ(found->state(), state);
  EXPECT_EQ(store_->lane("a"), lane);
  EXPECT_FALSE(store_->lane("b"));
  EXPECT_EQ(store_->front("a")->event.offset, 9);
  EXPECT_EQ(store_->front("a")->event.partition, 1);
  EXPECT_EQ(store_->front("a")->id(), "1-2-3");
  EXPECT_EQ(store_->sums().letters_waiting, 1U);
  EXPECT_EQ(store_->sums().letters_dead, 1U);
}

TEST_F(StoreRebuildTest, what_an_earlier_release_wrote_of_progress_counts_until_there_is_more) {
  write_lane(0, early_progress_key, Progress(3).encode());
  write_lane(1, early_progress_key, Progress(4).encode());
  write_lane(0, progress_key(1), Progress(9).encode());
  const auto found = rebuild();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->progress[0]->next(), 3);
  EXPECT_EQ(found->progress[1]->next(), 9);
}

TEST_F(StoreRebuildTest, progress_that_was_moved_counts_where_it_stands_now) {
  write_lane(1, progress_key(1), Progress(5).encode());
  write_lane(0, progress_key(1), Progress(5).encode());
  remove_lane(1, progress_key(1));
  const auto found = rebuild();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->progress[1]->next(), 5);
  EXPECT_EQ(found->progress_at.size(), 1U);
}

TEST_F(StoreRebuildTest, of_a_share_what_stands_in_its_partitions_is_found_and_nothing_else) {
  write_lane(0, progress_key(0), Progress(7).encode());
  write_lane(1, progress_key(1), Progress(8).encode());
  write_lane(0, "a", encode_lane({}));
  write_lane(1, "b", encode_lane({}));
  write_letter(letter("b", 3));
  write_lane(0, consumer_state_key, encode_state(state_of("dana", 0)));
  write_lane(1, consumer_state_key, encode_state(state_of("eli", 0)));
  const auto found = deliver::rebuild(*log_, topics_, partition_count, log::Milliseconds{5'000},
                                      *store_, {.number = 1, .count = 2});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_FALSE(found->progress[0]);
  EXPECT_EQ(found->progress[1]->next(), 8);
  EXPECT_EQ(found->state()->who, "eli");
  EXPECT_FALSE(store_->lane("a"));
  EXPECT_TRUE(store_->lane("b"));
  EXPECT_EQ(store_->sums().letters_waiting, 1U);
}

TEST_F(StoreRebuildTest,
       of_all_shares_one_that_is_paused_and_the_commands_that_all_have_done_count) {
  write_lane(0, consumer_state_key, encode_state(state_of("", 9)));
  auto paused = state_of("dana", 7);
  paused.paused = true;
  write_lane(1, consumer_state_key, encode_state(paused));
  const auto found = read_states(*log_, topics_, log::Milliseconds{5'000});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_TRUE(found->state()->paused);
  EXPECT_EQ(found->state()->who, "dana");
  EXPECT_EQ(found->state()->commands_read, 7);
  EXPECT_TRUE(found->is_divided_by(2));
  EXPECT_FALSE(found->is_divided_by(1));
}

TEST_F(StoreRebuildTest, a_record_that_cannot_be_read_is_named_by_its_place) {
  write_lane(0, "a", encode_lane({}));
  write_lane(1, "b", "secret of b");
  const auto found = rebuild();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, log::ErrorKind::corrupt);
  EXPECT_THAT(found.error().message,
              AllOf(HasSubstr("topic wakestream.p.lanes.esp, partition 1, offset "),
                    HasSubstr("the lane is not a JSON object"), testing::Not(HasSubstr("secret"))));
}

TEST_F(StoreRebuildTest, a_letter_progress_or_key_that_cannot_be_read_is_an_error_too) {
  write(record(topics_.dead_letters, 0, "a", "{}"));
  EXPECT_THAT(rebuild().error().message,
              AllOf(HasSubstr("topic wakestream.p.deadletter.esp, partition 0, offset "),
                    HasSubstr("the letter cannot be read")));
  write_lane(0, std::string_view("\0new", 4), "{}");
  EXPECT_THAT(rebuild().error().message, HasSubstr("its key is none that this release knows"));
  remove_lane(0, std::string_view("\0new", 4));
  write_lane(0, progress_key(1), "{}");
  EXPECT_THAT(rebuild().error().message, HasSubstr("the progress cannot be read"));
}

}  // namespace
}  // namespace wakestream::deliver
