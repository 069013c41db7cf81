// Chunks of real tables, on every version that the tests have.
#include "cdc/snapshot/chunk_reader.h"

#include <algorithm>
#include <set>

#include "tests/integration/session_fixture.h"

namespace wakestream::cdc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ChunkReaderTest : public SessionTest {
 protected:
  std::unique_ptr<ChunkReader> reader_for(const std::string& user = "postgres") {
    SessionOptions options;
    options.conninfo = server().conninfo(database, user);
    auto connected = ChunkReader::connect(options);
    if (!connected) throw std::runtime_error(connected.error().message);
    return std::move(*connected);
  }
  SnapshotTable describe(const std::string& table) {
    auto described = reader->describe("pub", table);
    if (!described) throw std::runtime_error(described.error().message);
    return *described;
  }
  Chunk read(const SnapshotTable& table, const ChunkRange& range) {
    auto chunk = reader->read(table, range);
    if (!chunk) throw std::runtime_error(chunk.error().message);
    return std::move(*chunk);
  }
  static std::vector<std::string> keys_of(const SnapshotTable& table, const RowBlock& block) {
    std::vector<std::string> keys;
    for (std::size_t row = 0; row < block.row_count(); ++row) {
      std::string key;
      for (const auto column : table.key_columns)
        key += (key.empty() ? "" : "/") + std::string(block.at(row, column).text);
      keys.push_back(key);
    }
    return keys;
  }
  // Chunk after chunk, as long as rows come.
  std::vector<std::string> walk(const SnapshotTable& table, ChunkRange range) {
    std::vector<std::string> keys;
    for (int chunks = 0; chunks < 100; ++chunks) {
      const auto chunk = read(table, range);
      const auto of_chunk = keys_of(table, chunk.rows);
      keys.insert(keys.end(), of_chunk.begin(), of_chunk.end());
      if (chunk.reached_end) return keys;
      range.after.clear();
      for (const auto column : table.key_columns)
        range.after.emplace_back(chunk.rows.at(chunk.rows.row_count() - 1, column).text);
    }
    return {"does not end"};
  }
  std::string why_not(const std::string& table) {
    auto described = reader->describe("pub", table);
    return described ? "" : described.error().message;
  }

  std::unique_ptr<ChunkReader> reader;
};

// The same row by the stream and by a chunk: the very same bytes.
TEST_P(ChunkReaderTest, gives_every_value_the_text_that_the_stream_gives_it) {
  sql("CREATE TABLE odd (id int PRIMARY KEY, f float8, g float4, n numeric, b bytea, j jsonb, k "
      "json,"
      " t timestamptz, ts timestamp, d date, i interval, s text, c char(5), a text[], u uuid, o "
      "bool,"
      " r int4range, m money, x text);"
      "ALTER TABLE odd REPLICA IDENTITY FULL; CREATE PUBLICATION pub FOR TABLE odd;"
      "ALTER DATABASE " +
      database +
      " SET DateStyle = 'German, DMY';"
      "ALTER DATABASE " +
      database +
      " SET TimeZone = 'Asia/Kolkata';"
      "ALTER DATABASE " +
      database +
      " SET IntervalStyle = 'iso_8601';"
      "ALTER DATABASE " +
      database +
      " SET bytea_output = 'escape';"
      "ALTER DATABASE " +
      database + " SET extra_float_digits = -5");
  stream();
  sql("INSERT INTO odd VALUES (1, 0.1 + 0.2, 1e-20, '1.500', '\\x00ff5c0a', '{\"a\": [1, "
      "\"\\u00e9\"]}',"
      " '{ \"b\":1}', '2026-03-04 05:06:07.089+01', '2026-03-04 05:06:07', '2026-03-04',"
      " '1 year 2 days 00:00:03', E'tab\\there \\\\ back\\nline\\r\\b \\\\N \\\\. end', 'ab',"
      " '{a,\"b c\",NULL}', '6f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0', true, '[1,5)', '12.34', NULL)");
  const auto change = next<RowChange>();
  ASSERT_TRUE(change) << failure.message;
  reader = reader_for();
  const auto table = describe("public.odd");
  const auto chunk = read(table, {"", {}, 10, 0, {}});
  ASSERT_EQ(chunk.rows.row_count(), 1U);
  ASSERT_EQ(change->after.size(), table.relation.columns.size());
  for (std::size_t column = 0; column < change->after.size(); ++column) {
    const auto value = chunk.rows.at(0, column);
    EXPECT_EQ(value.kind, change->after[column].kind) << table.relation.columns[column].name;
    EXPECT_EQ(value.text, change->after[column].text) << table.relation.columns[column].name;
  }
  EXPECT_TRUE(chunk.reached_end);
  EXPECT_TRUE(chunk.sight.snapshot && chunk.sight.high.valid());
}

TEST_P(ChunkReaderTest, follows_a_key_of_several_columns_and_reads_single_keys_again) {
  sql("CREATE TABLE pair (b text COLLATE \"C\", a int, v text, PRIMARY KEY (a, b));"
      "INSERT INTO pair SELECT chr(97 + i % 5) || '''\"\\', i / 5, 'v' FROM generate_series(0, 22) "
      "i;"
      "CREATE PUBLICATION pub FOR TABLE pair");
  reader = reader_for();
  const auto table = describe("public.pair");
  EXPECT_THAT(table.key, ElementsAre("a", "b"));
  const auto keys = walk(table, {"", {}, 4, 0, {}});
  EXPECT_EQ(keys.size(), 23U);
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), 23U);
  const auto again = read(table, {"", {}, 0, 0, {{"1", "a'\"\\"}, {"4", "c'\"\\"}, {"9", "x"}}});
  EXPECT_THAT(keys_of(table, again.again), testing::UnorderedElementsAre("1/a'\"\\", "4/c'\"\\"));
  EXPECT_EQ(again.rows.row_count(), 0U);
  EXPECT_FALSE(again.reached_end);
}

TEST_P(ChunkReaderTest, ends_a_chunk_by_its_bytes_and_goes_on_behind_it) {
  sql("CREATE TABLE wide (id int PRIMARY KEY, v text); CREATE PUBLICATION pub FOR TABLE wide;"
      "INSERT INTO wide SELECT i, repeat('x', 100000) FROM generate_series(1, 60) i");
  reader = reader_for();
  const auto table = describe("public.wide");
  const auto chunk = read(table, {"", {}, 1000, 300'000, {}});
  EXPECT_EQ(chunk.rows.row_count(), 3U);
  EXPECT_FALSE(chunk.reached_end);
  EXPECT_EQ(walk(table, {"", {}, 25, 300'000, {}}).size(), 60U);
}

TEST_P(ChunkReaderTest, reads_what_the_publication_says_and_only_that) {
  sql("CREATE TABLE part (id int PRIMARY KEY, banner text, secret text) PARTITION BY RANGE (id);"
      "CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (10) TO (100);"
      "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (x int) INHERITS (parent);"
      "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (3, 3);"
      "INSERT INTO part SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, 's' FROM "
      "generate_series(1, 20) i;"
      "CREATE PUBLICATION pub FOR TABLE part (id, banner) WHERE (banner = 'a'), ONLY parent"
      " WITH (publish_via_partition_root = true)");
  reader = reader_for();
  const auto table = describe("public.part");
  EXPECT_EQ(table.relation.columns.size(), 2U);
  EXPECT_EQ(walk(table, {"", {}, 3, 0, {}}).size(), 10U);
  EXPECT_EQ(walk(table, {"id > 10", {}, 3, 0, {}}).size(), 5U);
  EXPECT_EQ(walk(describe("public.parent"), {"", {}, 3, 0, {}}).size(), 2U);
}

// With an empty search_path `>` of such a type would be text's, in another order than the key's.
TEST_P(ChunkReaderTest, orders_by_the_operators_of_the_keys_own_type) {
  sql("CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE named (name citext PRIMARY KEY);"
      "INSERT INTO named VALUES ('a'), ('B'), ('c'), ('D'), ('e'); CREATE PUBLICATION pub FOR "
      "TABLE named");
  reader = reader_for();
  EXPECT_THAT(walk(describe("public.named"), {"", {}, 2, 0, {}}),
              ElementsAre("a", "B", "c", "D", "e"));
}

// A chunk's snapshot says nothing about another server's stream.
TEST_P(ChunkReaderTest, reads_the_server_that_streams_and_no_other_that_the_hosts_lead_to) {
  const auto& other = *servers()[GetParam() == 15 ? 18 : 15];
  other.sql("CREATE DATABASE " + database);
  const auto hosts = [&](int first, int second) {
    SessionOptions options;
    options.conninfo = "host=127.0.0.1,127.0.0.1 port=" + std::to_string(first) + "," +
                       std::to_string(second) + " user=postgres dbname=" + database;
    return options;
  };
  // When the stream began, the first host was not there.
  auto streaming = ReplicationSession::connect(hosts(1, server().port()));
  ASSERT_TRUE(streaming) << streaming.error().message;
  const auto identity = (*streaming)->identify();
  ASSERT_TRUE(identity) << identity.error().message;
  sql("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION pub FOR TABLE t");
  auto options = hosts(other.port(), server().port());
  options.only = identity->instance;
  auto same = ChunkReader::connect(options);
  ASSERT_TRUE(same) << same.error().message;
  const auto described = (*same)->describe("pub", "public.t");
  EXPECT_TRUE(described) << described.error().message;
  // Behind one address, as a load balancer has it, only the server can tell.
  options.only->port = std::to_string(other.port());
  auto another = ChunkReader::connect(options);
  ASSERT_FALSE(another);
  EXPECT_THAT(another.error().message, HasSubstr("reached another server than the stream's"));
  EXPECT_TRUE(another.error().passing);
}

TEST_P(ChunkReaderTest, takes_a_condition_and_nothing_that_ends_the_query_it_stands_in) {
  sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE other (id int, v text);"
      "CREATE FUNCTION fails() RETURNS boolean AS $$ BEGIN RAISE 'secret %', 1; END $$ LANGUAGE "
      "plpgsql IMMUTABLE;"
      "INSERT INTO t VALUES (1, 'secret'); CREATE PUBLICATION pub FOR TABLE t");
  reader = reader_for();
  const auto table = describe("public.t");
  const auto refusal = [&](const std::string& where) {
    auto checked = reader->check_condition(table, where);
    return checked ? std::string() : checked.error().message;
  };
  for (const auto* good :
       {"id > 3", "v = 'a;b)' -- why", "id IN (SELECT id FROM public.other)", "true) AND (true"})
    EXPECT_EQ(refusal(good), "") << good;
  EXPECT_THAT(refusal("nothing > 3"), HasSubstr("\"nothing\" does not exist"));
  EXPECT_THAT(refusal("id"), HasSubstr("must be type boolean"));
  for (const auto* bad :
       {"true) UNION SELECT id FROM public.other WHERE (true", "true); DROP TABLE t; (",
        "true) THEN 1 END FROM public.other WHERE CASE WHEN (true", "id = $1", "true /*", ""})
    EXPECT_NE(refusal(bad), "") << bad;
  for (const auto* failing : {"id = 'secret'", "public.fails()"})
    EXPECT_THAT(refusal(failing),
                testing::AllOf(HasSubstr("SQLSTATE"), testing::Not(HasSubstr("secret"))))
        << failing;
  EXPECT_EQ(sql("SELECT count(*) FROM t"), "1");
}

// Tests of what cannot be read follow.

TEST_P(ChunkReaderTest, says_why_a_table_cannot_be_read) {
  sql("CREATE TABLE keyless (a int); CREATE TABLE hidden (a int PRIMARY KEY, b int);"
      "CREATE TABLE other (a int PRIMARY KEY);"
      "CREATE PUBLICATION pub FOR TABLE keyless, hidden (b) WITH (publish = 'insert')");
  reader = reader_for();
  EXPECT_THAT(why_not("public.keyless"), HasSubstr("has no primary key"));
  EXPECT_THAT(why_not("public.hidden"), HasSubstr("leaves out column a"));
  EXPECT_THAT(why_not("public.other"), HasSubstr("publication \"pub\" has no table public.other"));
  EXPECT_FALSE(reader->describe("pub", "public.other").error().passing);
  EXPECT_THAT(reader->describe("nothing", "public.other").error().message,
              HasSubstr("there is no publication"));
}

TEST_P(ChunkReaderTest, needs_select_and_takes_no_part_of_what_row_security_hides) {
  sql("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE PUBLICATION pub FOR "
      "TABLE t;"
      "CREATE ROLE reader_" +
      database + " LOGIN");
  reader = reader_for("reader_" + database);
  EXPECT_THAT(why_not("public.t"), HasSubstr("GRANT SELECT ON public.t"));
  sql("GRANT SELECT ON t TO reader_" + database + "; ALTER TABLE t ENABLE ROW LEVEL SECURITY");
  const auto chunk = reader->read(describe("public.t"), {"", {}, 5, 0, {}});
  ASSERT_FALSE(chunk);
  EXPECT_THAT(chunk.error().message, HasSubstr("row-level security"));
  EXPECT_FALSE(chunk.error().passing);
}

TEST_P(ChunkReaderTest, never_writes_and_keeps_values_out_of_what_it_says) {
  sql("CREATE SEQUENCE s; CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, "
      "'secret');"
      "CREATE PUBLICATION pub FOR TABLE t");
  reader = reader_for();
  const auto table = describe("public.t");
  auto chunk = reader->read(table, {"v::int > 0", {}, 5, 0, {}});
  ASSERT_FALSE(chunk);
  EXPECT_THAT(chunk.error().message, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(chunk.error().message, HasSubstr("22P02"));
  reader = reader_for();
  chunk = reader->read(table, {"nextval('public.s') > 0", {}, 5, 0, {}});
  ASSERT_FALSE(chunk);
  EXPECT_THAT(chunk.error().message, HasSubstr("read-only"));
}

INSTANTIATE_TEST_SUITE_P(Postgres, ChunkReaderTest, testing::Values(15, 18),
                         [](const auto& tested) { return std::to_string(tested.param); });

}  // namespace
}  // namespace wakestream::cdc
