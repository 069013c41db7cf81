// What is found where a file of ours should be.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {

using testing::ElementsAre;
using testing::HasSubstr;

class EmbeddedFileTest : public EmbeddedFixture {
 protected:
  void SetUp() override { std::filesystem::create_directory(folder()); }

  static std::string bytes_of(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  // Every way into the file gives this error.
  void expect_corrupt(const std::string& words) {
    const auto log = open_log();
    const auto spec = topic_spec("events");
    const auto made = log->ensure_topics({&spec, 1}, true, Milliseconds{1'000});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(made.error().message, HasSubstr(words));
    const auto writer = log->open_writer(writer_options());
    ASSERT_FALSE(writer);
    EXPECT_EQ(writer.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(writer.error().message, HasSubstr(file()));
    const auto reader = log->open_reader("events", ReadFrom::earliest);
    ASSERT_FALSE(reader);
    EXPECT_EQ(reader.error().kind, ErrorKind::corrupt);
  }
};

TEST_F(EmbeddedFileTest, a_file_that_is_not_sqlite_is_refused_and_left_alone) {
  const std::string text(10'000, 'x');
  std::ofstream(file()) << text;
  expect_corrupt("not an SQLite file");
  EXPECT_EQ(bytes_of(file()), text);
}

TEST_F(EmbeddedFileTest, an_sqlite_file_of_another_program_is_refused_and_left_alone) {
  query(file(), "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
  const auto before = bytes_of(file());
  expect_corrupt("another program");
  EXPECT_TRUE(bytes_of(file()) == before);
}

TEST_F(EmbeddedFileTest, a_newer_format_is_refused_by_its_number) {
  make_topic(*open_log(), topic_spec("events"));
  query(file(), "PRAGMA user_version = 2");
  expect_corrupt("has format 2, and this program knows format 1");
}

TEST_F(EmbeddedFileTest, a_damaged_file_is_refused) {
  {
    const auto log = open_log();
    make_topic(*log, topic_spec("events"));
  }
  auto bytes = bytes_of(file());
  ASSERT_GT(bytes.size(), 200U);
  // Behind the file header, which holds the format: the root page of the schema.
  bytes.replace(100, 100, 100, '\xff');
  std::ofstream(file(), std::ios::binary) << bytes;
  expect_corrupt(file());
}

TEST_F(EmbeddedFileTest, a_file_whose_maker_was_stopped_has_no_topics_and_is_completed) {
  // Nothing in it at all, and SQLite's header with nothing behind it.
  for (const auto* made_so_far : {"", "PRAGMA journal_mode=WAL"}) {
    query(file(), made_so_far);
    std::ofstream(file(), std::ios::app).flush();
    ASSERT_TRUE(std::filesystem::exists(file()));
    const auto log = open_log();
    EXPECT_EQ(log->open_reader("events", ReadFrom::earliest).error().kind,
              ErrorKind::topic_missing);
    make_topic(*log, topic_spec("events"));
    const auto writer = open_writer(*log);
    write(*writer, "events", {"one"});
    EXPECT_THAT(read_all(*log, "events"), ElementsAre("one"));
    std::filesystem::remove_all(folder());
    std::filesystem::create_directory(folder());
  }
}

TEST_F(EmbeddedFileTest, a_foreign_file_beside_ours_matters_only_to_topics_that_ours_do_not_hold) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  std::ofstream(folder() + "/a-first.sqlite") << std::string(10'000, 'x');
  EXPECT_TRUE(open_log()->open_reader("events", ReadFrom::earliest));
  EXPECT_EQ(log->open_reader("other", ReadFrom::earliest).error().kind, ErrorKind::corrupt);
}

TEST_F(EmbeddedFileTest, headers_that_cannot_be_read_are_named_by_topic_partition_and_offset) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  write(*open_writer(*log), "events", {"one", "two"});
  query(file(), "UPDATE records_1_0 SET headers = 'no json' WHERE offset = 1");
  const auto reader = take(log->open_reader("events", ReadFrom::earliest));
  const auto batch = reader->poll(10, Milliseconds{0});
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(batch.error().message, HasSubstr("topic events, partition 0, offset 1"));
}

TEST_F(EmbeddedFileTest, a_topic_keeps_its_retention_and_cleanup_in_the_registry) {
  const auto log = open_log();
  auto spec = topic_spec("events", 2);
  spec.retention = std::chrono::hours{48};
  make_topic(*log, spec);
  make_topic(*log, topic_spec("checkpoint", 1, Cleanup::compact));
  EXPECT_THAT(
      query(file(),
            "SELECT name, partition_count, cleanup, retention_hours FROM topics ORDER BY id"),
      ElementsAre(ElementsAre("events", "2", "by_age", "48"),
                  ElementsAre("checkpoint", "1", "compact", "168")));
}

TEST_F(EmbeddedFileTest, it_is_durable_at_commit_and_read_without_blocking) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  EXPECT_EQ(query(file(), "PRAGMA journal_mode").at(0).at(0), "wal");
}

}  // namespace wakestream::log::embedded
