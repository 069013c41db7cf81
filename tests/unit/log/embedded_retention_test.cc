// Retention of the embedded log: what goes, what stays, and who is told.
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <filesystem>
#include <thread>

#include "cdc/wall_time.h"
#include "log/embedded/log_file.h"
#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using cdc::wall_ms;

class EmbeddedRetentionTest : public EmbeddedFixture {
 protected:
  static constexpr std::int64_t day_ms = 24 * 3600 * 1000LL;

  std::unique_ptr<EventLog> log_of(RetentionOptions retention,
                                   std::vector<std::string> topics = {"events"}) {
    auto chosen = options();
    retention.topics = std::move(topics);
    retention.tell = [this](const RetentionReport& report) { reports.push_back(report); };
    chosen.retention = std::move(retention);
    return take(open_embedded_log(chosen));
  }
  std::unique_ptr<EventLog> log_of_age(std::chrono::seconds age) {
    return log_of({age, 0, {}, nullptr});
  }
  // One record a transaction, so many days old.
  static void put(Writer& writer, std::string_view value, std::int64_t days_old,
                  std::int32_t partition = 0, std::string_view topic = "events") {
    take(writer.begin());
    Record record;
    record.topic = topic;
    record.partition = partition;
    record.key = "k";
    record.value = value;
    record.timestamp_ms = wall_ms() - days_old * day_ms;
    take(writer.produce(record));
    take(writer.commit({}));
  }
  // Lets the next commit clean: it does so once a second.
  static void next_round() { std::this_thread::sleep_for(Milliseconds{1'050}); }

  std::vector<RetentionReport> reports;
};

TEST_F(EmbeddedRetentionTest, old_records_go_and_what_is_new_holds_what_stands_behind_it) {
  {
    const auto log = log_of_age(std::chrono::hours{48});
    make_topic(*log, topic_spec("events"));
    const auto writer = open_writer(*log);
    put(*writer, "new 1", 1);  // a round of its own; then none for a second
    for (const auto* value : {"old 1", "old 2"}) put(*writer, value, 3);
    next_round();
    put(*writer, "new 2", 0);
    EXPECT_THAT(read_all(*log, "events"), ElementsAre("new 1", "old 1", "old 2", "new 2"));
    EXPECT_THAT(reports, IsEmpty());
  }
  const auto log = log_of_age(std::chrono::hours{12});
  const auto writer = open_writer(*log);
  put(*writer, "new 3", 0);
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("new 2", "new 3"));
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].removed, 3u);
  EXPECT_EQ(reports[0].first_kept, 3);
}

TEST_F(EmbeddedRetentionTest, the_newest_record_stays_and_no_offset_is_used_twice) {
  const auto log = log_of_age(std::chrono::hours{1});
  make_topic(*log, topic_spec("events"));
  {
    const auto writer = open_writer(*log);
    for (const auto* value : {"a", "b", "c"}) put(*writer, value, 9);
  }
  {
    const auto writer = open_writer(*log);
    put(*writer, "d", 9);
    EXPECT_THAT(read_all(*log, "events"), ElementsAre("d"));
  }
  const auto writer = open_writer(*log);
  put(*writer, "e", 9);
  EXPECT_THAT(query(file(), "SELECT offset, value FROM records"),
              ElementsAre(ElementsAre("4", "e")));
}

TEST_F(EmbeddedRetentionTest, compacted_topics_and_topics_that_are_not_named_are_left_alone) {
  const auto log = log_of({std::chrono::hours{1}, 0, {}, nullptr}, {"events", "checkpoint"});
  make_topic(*log, topic_spec("events"));
  make_topic(*log, topic_spec("control"));
  make_topic(*log, topic_spec("checkpoint", 1, Cleanup::compact));
  const auto writer = open_writer(*log);
  for (const auto* topic : {"control", "checkpoint"}) {
    for (int count = 0; count < 3; ++count) put(*writer, "x", 9, 0, topic);
  }
  next_round();
  put(*writer, "x", 9);
  EXPECT_EQ(read_all(*log, "control").size(), 3u);
  EXPECT_EQ(read_all(*log, "checkpoint").size(), 1u);
}

TEST_F(EmbeddedRetentionTest, a_reader_whose_next_record_is_gone_is_told_once_what_is_missing) {
  const auto log = log_of_age(std::chrono::hours{1});
  make_topic(*log, topic_spec("events", 2));
  auto plain = open_log();
  {
    const auto writer = open_writer(*plain);
    for (const auto* value : {"a", "b", "c", "d"}) put(*writer, value, 9, 1);
  }
  const auto reader = take(log->open_reader("events", ReadFrom::earliest));
  EXPECT_EQ(take(reader->poll(1, Milliseconds{0})).records.at(0).value, "a");
  const auto at_the_end = take(log->open_reader("events", ReadFrom::latest));
  const auto not_begun = take(log->open_reader("events", ReadFrom::earliest));
  {
    const auto writer = open_writer(*log);
    put(*writer, "e", 9, 1);
  }
  const auto told = reader->poll(10, Milliseconds{0});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::removed);
  EXPECT_THAT(told.error().message,
              HasSubstr("topic events, partition 1: retention removed offsets 1 to 3"));
  EXPECT_EQ(take(reader->poll(10, Milliseconds{0})).records.at(0).value, "e");
  EXPECT_EQ(take(at_the_end->poll(10, Milliseconds{0})).records.at(0).value, "e");
  EXPECT_EQ(take(not_begun->poll(10, Milliseconds{0})).records.at(0).value, "e");
}

TEST_F(EmbeddedRetentionTest, a_gap_that_an_aborted_transaction_left_is_no_loss) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto reader = take(log->open_reader("events", ReadFrom::earliest));
  const auto writer = open_writer(*log);
  put(*writer, "a", 0);
  EXPECT_EQ(take(reader->poll(10, Milliseconds{0})).records.size(), 1u);
  take(writer->begin());
  take(try_produce(*writer, "events", "k", "never"));
  take(writer->abort());
  put(*writer, "b", 0);
  EXPECT_EQ(take(reader->poll(10, Milliseconds{0})).records.at(0).value, "b");
}

TEST_F(EmbeddedRetentionTest, what_a_known_reader_has_not_read_stays_and_it_is_named_once) {
  const auto log = log_of_age(std::chrono::hours{1});
  make_topic(*log, topic_spec("events"));
  // A role with a writer of its own: its positions stand in its own file.
  auto role_options = writer_options();
  role_options.name = "deliver";
  const auto role = take(log->open_writer(role_options));
  const auto consume = [&](std::int64_t next_offset) {
    take(role->begin());
    take(role->commit({"crm", {{"events", 0, next_offset}}}));
  };
  consume(2);
  const auto writer = open_writer(*log);
  for (const auto* value : {"a", "b", "c", "d"}) put(*writer, value, 9);
  next_round();
  put(*writer, "e", 9);
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("c", "d", "e"));
  ASSERT_FALSE(reports.empty());
  EXPECT_EQ(reports.back().held_by, "crm");
  EXPECT_EQ(reports.back().held_from, 2);
  const auto said = reports.size();
  next_round();
  put(*writer, "f", 9);
  EXPECT_EQ(reports.size(), said) << "named once";

  consume(5);
  next_round();
  put(*writer, "g", 9);
  EXPECT_THAT(read_all(*log, "events"), ElementsAre("f", "g"));
}

TEST_F(EmbeddedRetentionTest, positions_that_cannot_be_read_hold_everything) {
  const auto log = log_of_age(std::chrono::hours{1});
  make_topic(*log, topic_spec("events"));
  query(folder() + "/foreign.sqlite", "CREATE TABLE something (x)");
  const auto writer = open_writer(*log);
  put(*writer, "a", 9);
  next_round();
  put(*writer, "b", 9);
  EXPECT_EQ(read_all(*log, "events").size(), 2u);
  ASSERT_EQ(reports.size(), 1u) << "and it is said once";
  EXPECT_THAT(reports[0].failure, HasSubstr("foreign.sqlite"));
}

TEST_F(EmbeddedRetentionTest, beyond_its_size_the_oldest_go_and_their_room_is_used_again) {
  constexpr std::int64_t limit = 1 << 20;
  const auto log = log_of({std::nullopt, limit, {}, nullptr});
  make_topic(*log, topic_spec("events", 2));
  const auto writer = open_writer(*log);
  const std::string value(4'000, 'x');
  for (int transaction = 0; transaction < 30; ++transaction) {
    take(writer->begin());
    for (int count = 0; count < 100; ++count)
      take(try_produce(*writer, "events", "k", value, count % 2));
    take(writer->commit({}));
    if (transaction % 8 == 7) next_round();
  }
  next_round();
  put(*writer, value, 0);
  const auto used =
      query(file(),
            "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count p, "
            "pragma_freelist_count f, pragma_page_size s");
  EXPECT_LE(std::stoll(used[0][0]), limit + 64 * 8'192);
  // Twelve megabytes went through it, up to four between two rounds.
  EXPECT_LT(std::filesystem::file_size(file()), std::uintmax_t{6} << 20U);
  EXPECT_GT(read_all(*log, "events").size(), 100u);
  EXPECT_EQ(query(file(), "PRAGMA integrity_check")[0][0], "ok");
}

TEST_F(EmbeddedRetentionTest, a_file_of_an_earlier_release_can_be_read_and_cleaned) {
  {
    const auto log = open_log();
    make_topic(*log, topic_spec("events"));
    const auto writer = open_writer(*log);
    for (const auto* value : {"a", "b"}) put(*writer, value, 9);
  }
  query(file(), "DROP TABLE removed");
  const auto log = log_of_age(std::chrono::hours{1});
  const auto reader = take(log->open_reader("events", ReadFrom::earliest));
  EXPECT_EQ(take(reader->poll(1, Milliseconds{0})).records.at(0).value, "a");
  const auto writer = open_writer(*log);
  put(*writer, "c", 9);
  const auto told = reader->poll(10, Milliseconds{0});
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().kind, ErrorKind::removed);
}

// Killed at any moment, while it removes: what is left is a whole suffix, and everything that is
// gone is written down as gone.
TEST_F(EmbeddedRetentionTest, a_crash_in_the_middle_leaves_nothing_half_removed) {
  make_topic(*open_log(), topic_spec("events"));
  std::int64_t last_newest = -1;
  for (int life = 0; life < 4; ++life) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto chosen = options();
      chosen.retention.age = std::chrono::hours{1};
      chosen.retention.topics = {"events"};
      const auto log = take(open_embedded_log(chosen));
      const auto writer = open_writer(*log);
      for (;;) {
        take(writer->begin());
        Record record;
        record.topic = "events";
        record.value = std::string_view("x");
        record.timestamp_ms = wall_ms() - day_ms;
        for (int count = 0; count < 3'000; ++count) take(writer->produce(record));
        take(writer->commit({}));
      }
    }
    // Rounds of removal begin with the first commit, then once a second and at once while there is
    // more than one of them takes.
    std::this_thread::sleep_for(Milliseconds{1'000 + life * 67});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto log = open_log();
    const auto places = query(file(),
                              "SELECT coalesce(min(offset), -1), coalesce(max(offset), -1), "
                              "count(*), coalesce((SELECT before_offset FROM removed), 0) FROM "
                              "records");
    const auto first = std::stoll(places[0][0]);
    const auto newest = std::stoll(places[0][1]);
    EXPECT_EQ(std::stoll(places[0][2]), newest - first + 1) << "no hole";
    EXPECT_EQ(std::stoll(places[0][3]), first) << "what is gone is written down";
    EXPECT_GT(newest, last_newest) << "offsets go on";
    last_newest = newest;
    EXPECT_EQ(query(file(), "PRAGMA integrity_check")[0][0], "ok");
  }
  EXPECT_GT(std::stoll(query(file(), "SELECT coalesce(max(before_offset), 0) FROM removed")[0][0]),
            0);
}

}  // namespace
}  // namespace wakestream::log::embedded
