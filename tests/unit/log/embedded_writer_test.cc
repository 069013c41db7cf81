// The one writer: its generation, its misuse, its WAL.
#include <filesystem>
#include <future>

#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {

using testing::ElementsAre;
using testing::HasSubstr;

class EmbeddedWriterTest : public EmbeddedFixture {
 protected:
  void SetUp() override {
    log = open_log();
    make_topic(*log, topic_spec("events"));
  }
  std::unique_ptr<EventLog> log;
};

TEST_F(EmbeddedWriterTest,
       a_writer_whose_generation_was_taken_cannot_commit_although_it_holds_the_lock) {
  const auto writer = open_writer(*log);
  write(*writer, "events", {"while it was ours"});
  // What a second process would do if the lock had let it in.
  query(file(), "UPDATE writer SET generation = generation + 1");
  const auto refused = try_write(*writer, "events", {"too late"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::in_doubt);
  EXPECT_THAT(refused.error().message, HasSubstr("another writer was opened after this one"));
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("while it was ours"));
}

TEST_F(EmbeddedWriterTest, a_lock_file_that_was_replaced_does_not_make_two_writers) {
  const auto first = open_writer(*log);
  std::filesystem::remove(folder() + "/capture.lock");
  const auto second = open_writer(*log);
  write(*second, "events", {"of the second"});
  EXPECT_EQ(try_write(*first, "events", {"of the first"}).error().kind, ErrorKind::in_doubt);
  write(*second, "events", {"of the second again"});
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("of the second", "of the second again"));
}

TEST_F(EmbeddedWriterTest, each_writer_leaves_its_incarnation) {
  open_writer(*log);
  open_writer(*log);
  EXPECT_THAT(query(file(), "SELECT generation, incarnation FROM writer"),
              ElementsAre(ElementsAre("2", "a-host 17 today")));
}

TEST_F(EmbeddedWriterTest, a_writer_in_doubt_refuses_everything_from_then_on) {
  const auto writer = open_writer(*log);
  query(file(), "UPDATE writer SET generation = generation + 1");
  ASSERT_FALSE(try_write(*writer, "events", {"lost"}));
  EXPECT_EQ(writer->begin().error().kind, ErrorKind::in_doubt);
  EXPECT_EQ(try_produce(*writer, "events", "k", "v").error().kind, ErrorKind::in_doubt);
  EXPECT_EQ(writer->commit({}).error().kind, ErrorKind::in_doubt);
  EXPECT_EQ(writer->abort().error().kind, ErrorKind::in_doubt);
}

TEST_F(EmbeddedWriterTest, calls_out_of_turn_are_refused) {
  const auto writer = open_writer(*log);
  EXPECT_FALSE(try_produce(*writer, "events", "k", "v"));
  EXPECT_FALSE(writer->commit({}));
  EXPECT_FALSE(writer->abort());
  take(writer->begin());
  EXPECT_FALSE(writer->begin());
  take(try_produce(*writer, "events", "k", "v"));
  take(writer->commit({}));
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("v"));
}

TEST_F(EmbeddedWriterTest, a_record_for_no_topic_of_ours_is_refused_and_the_transaction_goes_on) {
  const auto writer = open_writer(*log);
  take(writer->begin());
  EXPECT_EQ(try_produce(*writer, "elsewhere", "k", "v").error().kind, ErrorKind::topic_missing);
  EXPECT_EQ(try_produce(*writer, "events", "k", "v", 1).error().kind, ErrorKind::topic_shape);
  EXPECT_EQ(try_produce(*writer, "events", "k", "v", -1).error().kind, ErrorKind::topic_shape);
  take(try_produce(*writer, "events", "k", "good"));
  take(writer->commit({}));
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("good"));
}

TEST_F(EmbeddedWriterTest,
       another_holder_of_the_write_lock_puts_begin_in_doubt_after_its_deadline) {
  auto options = writer_options();
  options.transaction_deadline = Milliseconds{100};
  const auto writer = take(log->open_writer(options));
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto begun = writer->begin();
  sqlite3_close(other);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().kind, ErrorKind::in_doubt);
  EXPECT_THAT(begun.error().message, HasSubstr("locked by another"));
}

TEST_F(EmbeddedWriterTest, the_wal_stays_small_while_readers_read) {
  const auto writer = open_writer(*log);
  const auto reader = take(log->open_reader("events", ReadFrom::earliest));
  const std::string value(100'000, 'x');
  std::uintmax_t wal_bytes_max = 0;
  for (int at = 0; at < 300; ++at) {
    write(*writer, "events", {value, value, value, value, value});
    // A reader that never catches up: it is always in the middle.
    take(reader->poll(1, Milliseconds{0}));
    wal_bytes_max = std::max(wal_bytes_max, std::filesystem::file_size(file() + "-wal"));
  }
  EXPECT_GT(std::filesystem::file_size(file()), 100U * 1024 * 1024);
  EXPECT_LT(wal_bytes_max, 16U * 1024 * 1024);
}

TEST_F(EmbeddedWriterTest,
       a_reader_that_stays_inside_a_transaction_holds_nobody_up_and_the_wal_shrinks_when_it_ends) {
  const auto writer = open_writer(*log);
  write(*writer, "events", {"first"});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN; SELECT count(*) FROM records", nullptr, nullptr, nullptr),
            SQLITE_OK);
  const std::string value(1'000'000, 'x');
  for (int at = 0; at < 90; ++at) write(*writer, "events", {value});
  EXPECT_GT(std::filesystem::file_size(file() + "-wal"), 64U * 1024 * 1024);
  sqlite3_close(other);
  // The first copies the WAL into the file, the second starts it again.
  write(*writer, "events", {"last but one"});
  write(*writer, "events", {"last"});
  EXPECT_LE(std::filesystem::file_size(file() + "-wal"), 16U * 1024 * 1024);
  EXPECT_EQ(read_all(*log, "events").size(), 93U);
}

TEST_F(EmbeddedWriterTest, a_batch_is_bounded_in_bytes_too) {
  const auto writer = open_writer(*log);
  const std::string value(1'000'000, 'x');
  for (int at = 0; at < 10; ++at) write(*writer, "events", {value});
  const auto reader = take(log->open_reader("events", ReadFrom::earliest));
  const auto batch = take(reader->poll(1'000, Milliseconds{0}));
  EXPECT_LE(batch.records.size(), 5U);
  EXPECT_GE(batch.records.size(), 1U);
  EXPECT_FALSE(reader->at_end());
  EXPECT_EQ(read_all(*log, "events").size(), 10U);
}

TEST_F(EmbeddedWriterTest, a_busy_partition_does_not_starve_the_others) {
  make_topic(*log, topic_spec("wide", 2));
  const auto writer = open_writer(*log);
  take(writer->begin());
  for (int at = 0; at < 100; ++at) take(try_produce(*writer, "wide", "k", "busy", 0));
  take(try_produce(*writer, "wide", "k", "other", 1));
  take(writer->commit({}));
  const auto reader = take(log->open_reader("wide", ReadFrom::earliest));
  std::vector<std::string> seen;
  for (int polls = 0; polls < 3; ++polls) {
    for (const auto& record : take(reader->poll(10, Milliseconds{0})).records)
      seen.push_back(record.value);
  }
  EXPECT_THAT(seen, testing::Contains("other"));
}

TEST_F(EmbeddedWriterTest, a_reader_at_the_end_has_seen_the_same_transactions_in_every_partition) {
  make_topic(*log, topic_spec("wide", 2));
  constexpr int transaction_count = 2'000;
  auto writing = std::async(std::launch::async, [&] {
    const auto writer = open_writer(*log);
    for (int at = 0; at < transaction_count; ++at) {
      take(writer->begin());
      take(try_produce(*writer, "wide", "k", "v", 0));
      take(try_produce(*writer, "wide", "k", "v", 1));
      take(writer->commit({}));
    }
  });
  const auto reader = take(log->open_reader("wide", ReadFrom::earliest));
  int seen[2] = {0, 0};
  bool torn = false;
  while (!torn && seen[0] + seen[1] < 2 * transaction_count) {
    const auto batch = take(reader->poll(1'000, Milliseconds{10'000}));
    ASSERT_FALSE(batch.records.empty());
    for (const auto& record : batch.records) ++seen[record.partition];
    torn = reader->at_end() && seen[0] != seen[1];
  }
  writing.get();
  EXPECT_FALSE(torn) << seen[0] << " and " << seen[1];
}

}  // namespace wakestream::log::embedded
