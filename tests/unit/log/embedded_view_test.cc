// The view `records`: what people and independent readers see.
#include <unistd.h>

#include "tests/unit/log/embedded_fixture.h"

namespace wakestream::log::embedded {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::string_literals;

class EmbeddedViewTest : public EmbeddedFixture {
 protected:
  std::vector<std::vector<std::string>> ask(const std::string& sql) const {
    return query(file(), sql);
  }
};

TEST_F(EmbeddedViewTest, shows_every_record_of_every_topic_and_partition) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events", 2));
  make_topic(*log, topic_spec("checkpoint", 1, Cleanup::compact));
  const auto writer = open_writer(*log);
  std::string packed;
  HeaderWriter(packed).add("ce_type", "customer.email_changed");
  Record record;
  record.topic = "events";
  record.partition = 1;
  record.key = "acc-1";
  record.value = R"({"email":"a@example.org"})";
  record.headers = packed;
  record.timestamp_ms = 1'700'000'000'123;
  take(writer->begin());
  take(writer->produce(record));
  take(try_produce(*writer, "events", "acc-2", "{}", 0));
  take(try_produce(*writer, "checkpoint", "pipeline", "position"));
  take(writer->commit({}));

  EXPECT_THAT(
      ask("SELECT topic, partition, offset, timestamp_ms, key, value, headers FROM records ORDER "
          "BY topic, partition"),
      ElementsAre(
          ElementsAre("checkpoint", "0", "0", "1700000000000", "pipeline", "position", "{}"),
          ElementsAre("events", "0", "0", "1700000000000", "acc-2", "{}", "{}"),
          ElementsAre("events", "1", "0", "1700000000123", "acc-1", R"({"email":"a@example.org"})",
                      R"({"ce_type":"customer.email_changed"})")));
  EXPECT_THAT(
      ask("SELECT headers ->> 'ce_type', value ->> 'email' FROM records WHERE key = 'acc-1'"),
      ElementsAre(ElementsAre("customer.email_changed", "a@example.org")));
}

TEST_F(EmbeddedViewTest, follows_topics_that_are_added_later) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  EXPECT_EQ(ask("SELECT count(*) FROM records").at(0).at(0), "0");
  const auto writer = open_writer(*log);
  write(*writer, "events", {"one"});
  make_topic(*log, topic_spec("quarantine", 3));
  write(*writer, "quarantine", {"two"});
  EXPECT_THAT(ask("SELECT topic, value FROM records ORDER BY topic"),
              ElementsAre(ElementsAre("events", "one"), ElementsAre("quarantine", "two")));
}

TEST_F(EmbeddedViewTest, text_is_text_other_bytes_are_a_blob_and_a_tombstone_is_null) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto writer = open_writer(*log);
  take(writer->begin());
  take(try_produce(*writer, "events", "text", "\xc3\xa9"));
  take(try_produce(*writer, "events", "zero\0"s, "\0"s));
  take(try_produce(*writer, "events", "bytes\xff", "\xff"));
  take(try_produce(*writer, "events", "", ""));
  Record tombstone;
  tombstone.topic = "events";
  tombstone.key = "gone";
  tombstone.tombstone = true;
  take(writer->produce(tombstone));
  take(writer->commit({}));
  EXPECT_THAT(ask("SELECT typeof(key), typeof(value) FROM records ORDER BY offset"),
              ElementsAre(ElementsAre("text", "text"), ElementsAre("blob", "blob"),
                          ElementsAre("blob", "blob"), ElementsAre("text", "text"),
                          ElementsAre("text", "null")));
}

TEST_F(EmbeddedViewTest, a_reader_that_knows_its_place_searches_by_index) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events", 2));
  make_topic(*log, topic_spec("quarantine"));
  std::string plan;
  for (const auto& row : ask("EXPLAIN QUERY PLAN SELECT value FROM records WHERE topic = 'events' "
                             "AND partition = 1 AND "
                             "offset > 1000 ORDER BY offset")) {
    plan += row.back() + "\n";
  }
  EXPECT_THAT(plan, HasSubstr("SEARCH records_1_1 USING INTEGER PRIMARY KEY (rowid>?)"));
  EXPECT_THAT(plan, testing::Not(HasSubstr("SCAN records_")));
}

TEST_F(EmbeddedViewTest, an_open_transaction_is_not_in_it) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto writer = open_writer(*log);
  take(writer->begin());
  take(try_produce(*writer, "events", "k", "open"));
  EXPECT_EQ(ask("SELECT count(*) FROM records").at(0).at(0), "0");
  take(writer->commit({}));
  EXPECT_EQ(ask("SELECT count(*) FROM records").at(0).at(0), "1");
}

TEST_F(EmbeddedViewTest, a_compacted_topic_keeps_one_record_a_key_and_offsets_never_come_again) {
  const auto log = open_log();
  make_topic(*log, topic_spec("checkpoint", 1, Cleanup::compact));
  auto writer = open_writer(*log);
  for (const auto* value : {"1", "2", "3"}) write(*writer, "checkpoint", {value, value});
  writer.reset();
  writer = open_writer(*log);
  take(writer->begin());
  take(try_produce(*writer, "checkpoint", "bytes\xff", "b1"));
  take(try_produce(*writer, "checkpoint", "bytes\xff", "b2"));
  take(writer->commit({}));
  EXPECT_THAT(ask("SELECT offset, value FROM records ORDER BY offset"),
              ElementsAre(ElementsAre("5", "3"), ElementsAre("7", "b2")));
}

TEST_F(EmbeddedViewTest, consumed_offsets_stand_in_the_file_of_their_writer) {
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto writer = open_writer(*log);
  take(writer->begin());
  take(writer->commit({"group", {{"source", 0, 5}, {"source", 1, 7}}}));
  take(writer->begin());
  take(writer->commit({"group", {{"source", 1, 8}}}));
  EXPECT_THAT(
      ask("SELECT consumer_group, topic, partition, next_offset FROM consumed ORDER BY partition"),
      ElementsAre(ElementsAre("group", "source", "0", "5"),
                  ElementsAre("group", "source", "1", "8")));
}

TEST_F(EmbeddedViewTest, it_reads_while_the_writer_stays_open) {
  // Python's sqlite3, another build of SQLite or not: an independent reader in an independent
  // process.
  if (::access("/usr/bin/python3", X_OK) != 0) GTEST_SKIP() << "no python3";
  const auto log = open_log();
  make_topic(*log, topic_spec("events"));
  const auto writer = open_writer(*log);
  write(*writer, "events", {R"({"a":1})"});
  const auto script =
      "/usr/bin/python3 -c \"import sqlite3,json,sys\nc=sqlite3.connect('file:" + file() +
      "?mode=ro',uri=True)\nr=c.execute('select key,value,headers from records').fetchall()\n"
      "sys.exit(0 if [(k,json.loads(v),json.loads(h)) for k,v,h in r]==[('k',{'a':1},{})] else "
      "1)\"";
  EXPECT_EQ(std::system(script.c_str()), 0);
}

}  // namespace wakestream::log::embedded
