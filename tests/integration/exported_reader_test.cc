// A table through the snapshot that a slot's making exported, on every version that the tests have.
#include "cdc/snapshot/exported_reader.h"

#include <set>

#include "tests/integration/session_fixture.h"

namespace wakestream::cdc {
namespace {

using testing::HasSubstr;

class ExportedReaderTest : public SessionTest {
 protected:
  // The slot, as the session's last request.
  MadeSlot make_exporting_slot() {
    session = connect();
    auto creation = session->create_slot({slot, false, true});
    if (!creation) throw std::runtime_error(creation.error().message);
    const auto slot_made = made(**creation, std::chrono::milliseconds(10'000));
    if (!slot_made) throw std::runtime_error(slot_made.error().message);
    return *slot_made;
  }
  SnapshotResult<std::unique_ptr<ExportedReader>> open(const std::string& snapshot,
                                                       const std::string& user = "postgres") {
    SessionOptions options;
    options.conninfo = server().conninfo(database, user);
    return ExportedReader::open(options, snapshot, "pub", "public.t");
  }
  // Every id, read so many at a time.
  static std::multiset<int> ids_of(ExportedReader& reader, std::size_t rows_max) {
    std::multiset<int> ids;
    for (int reads = 0; reads < 10'000; ++reads) {
      auto read = reader.read(rows_max, 1U << 20U);
      if (!read) throw std::runtime_error(read.error().message);
      EXPECT_LE(read->rows.row_count(), rows_max);
      for (std::size_t row = 0; row < read->rows.row_count(); ++row)
        ids.insert(std::stoi(std::string(read->rows.at(row, 0).text)));
      if (read->reached_end) break;
    }
    return ids;
  }
  void make_table() {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE PUBLICATION pub FOR TABLE t;"
        "INSERT INTO t SELECT i, 'before' FROM generate_series(1, 1000) i");
  }
};

TEST_P(ExportedReaderTest, gives_what_committed_before_the_slot_and_the_stream_gives_the_rest) {
  make_table();
  const auto made_slot = make_exporting_slot();
  ASSERT_NE(made_slot.snapshot, "");
  sql("INSERT INTO t VALUES (1001, 'after'); DELETE FROM t WHERE id = 1");
  auto reader = open(made_slot.snapshot);
  ASSERT_TRUE(reader) << reader.error().message;
  // The session that exported it is free now.
  ASSERT_TRUE(session->start_streaming(slot, "pub", made_slot.consistent_point).has_value());
  sql("UPDATE t SET v = 'after' WHERE id = 2");
  const auto ids = ids_of(**reader, 64);
  EXPECT_EQ(ids.size(), 1000U);
  EXPECT_EQ(*ids.begin(), 1);
  EXPECT_EQ(*ids.rbegin(), 1000);
  const auto first = next<RowChange>();
  ASSERT_TRUE(first) << failure.message;
  EXPECT_EQ(first->after[0].text, "1001");
}

TEST_P(ExportedReaderTest, an_empty_table_has_an_end) {
  make_table();
  sql("DELETE FROM t");
  auto reader = open(make_exporting_slot().snapshot);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(ids_of(**reader, 10).size(), 0U);
}

TEST_P(ExportedReaderTest, a_snapshot_whose_session_went_on_is_gone_and_another_slot_has_another) {
  make_table();
  const auto made_slot = make_exporting_slot();
  ASSERT_TRUE(session->identify().has_value());
  const auto reader = open(made_slot.snapshot);
  ASSERT_FALSE(reader);
  EXPECT_TRUE(reader.error().passing);
  EXPECT_THAT(reader.error().message, HasSubstr("take over the slot's snapshot"));
}

// To an older snapshot such a table is empty, and nothing says so.
TEST_P(ExportedReaderTest, a_table_that_was_emptied_or_rewritten_meanwhile_is_not_taken_for_empty) {
  make_table();
  for (const auto* change :
       {"TRUNCATE t", "ALTER TABLE t ALTER v TYPE varchar(40) USING v || ''"}) {
    const auto made_slot = make_exporting_slot();
    sql(change);
    const auto reader = open(made_slot.snapshot);
    ASSERT_FALSE(reader) << change;
    EXPECT_TRUE(reader.error().passing);
    EXPECT_THAT(reader.error().message, HasSubstr("emptied or rewritten"));
    session.reset();
    sql("SELECT pg_drop_replication_slot('" + slot + "')");
  }
}

TEST_P(ExportedReaderTest, reads_the_partitions_of_a_table_and_the_rows_that_are_published) {
  sql("CREATE TABLE t (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
      "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (10) TO (100);"
      "INSERT INTO t SELECT i, 'a' FROM generate_series(1, 20) i;"
      "CREATE PUBLICATION pub FOR TABLE t WHERE (id > 5) WITH (publish_via_partition_root = true)");
  const auto made_slot = make_exporting_slot();
  auto reader = open(made_slot.snapshot);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(ids_of(**reader, 4).size(), 15U);
  session.reset();
  sql("SELECT pg_drop_replication_slot('" + slot + "')");
  const auto another = make_exporting_slot();
  sql("TRUNCATE t_2");
  const auto emptied = open(another.snapshot);
  ASSERT_FALSE(emptied);
  EXPECT_THAT(emptied.error().message, HasSubstr("emptied or rewritten"));
}

TEST_P(ExportedReaderTest, needs_select) {
  make_table();
  sql("CREATE ROLE exported_" + database + " LOGIN");
  const auto reader = open(make_exporting_slot().snapshot, "exported_" + database);
  ASSERT_FALSE(reader);
  EXPECT_FALSE(reader.error().passing);
  EXPECT_THAT(reader.error().message, HasSubstr("GRANT SELECT ON public.t"));
}

INSTANTIATE_TEST_SUITE_P(Postgres, ExportedReaderTest, testing::Values(15, 18),
                         [](const auto& tested) { return std::to_string(tested.param); });

}  // namespace
}  // namespace wakestream::cdc
