#include "cdc/stream/transaction_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cdc/pgoutput_writer.h"

namespace wakestream::cdc {
namespace {

using namespace test;  // NOLINT: the messages are this test's words

class StreamTest : public testing::Test {
 protected:
  StreamItem push(std::string payload, std::uint64_t lsn = 0x100) {
    bytes = std::move(payload);
    auto item = stream.push(Lsn{lsn}, bytes);
    if (!item) {
      ADD_FAILURE() << item.error().message;
      return Nothing{};
    }
    return *item;
  }
  RowChange row(std::string payload, std::uint64_t lsn = 0x100) {
    return std::get<RowChange>(push(std::move(payload), lsn));
  }
  Error refuse(std::string payload) {
    bytes = std::move(payload);
    auto item = stream.push(Lsn{0x100}, bytes);
    EXPECT_FALSE(item.has_value());
    return item ? Error{} : item.error();
  }
  void begin_with_account(char identity = 'f') {
    push(begin(0x900));
    push(relation(1, "graph", "account", identity,
                  {{"id", true}, {"email", identity == 'f'}, {"bio", identity == 'f'}}));
  }

  TransactionStream stream;
  std::string bytes;
};

TEST_F(StreamTest, hands_rows_on_between_begin_and_commit_and_counts_them) {
  const auto begun = std::get<TransactionBegin>(push(begin(0x900)));
  EXPECT_EQ(begun.commit_lsn, Lsn{0x900});
  EXPECT_TRUE(stream.in_transaction());
  push(relation(1, "graph", "account", 'f', {{"id", true}}));
  EXPECT_EQ(row(insert(1, {"7"}), 0x200).ordinal, 1U);
  const auto second = row(insert(1, {"8"}), 0x200);
  EXPECT_EQ(second.ordinal, 2U);
  EXPECT_EQ(second.lsn, Lsn{0x200});
  EXPECT_EQ(second.relation->name, "account");
  const auto done = std::get<TransactionCommit>(push(commit(0x900, 0x930)));
  EXPECT_EQ(done.end_lsn, Lsn{0x930});
  EXPECT_EQ(done.row_count, 2U);
  EXPECT_FALSE(stream.in_transaction());
}

TEST_F(StreamTest, an_unchanged_value_is_what_the_full_old_row_has) {
  begin_with_account();
  const auto change = row(update(1, 'O', {"7", "a@x", "long"}, {"7", "b@x", unsent_cell}));
  EXPECT_EQ(change.after[2].kind, Value::Kind::text);
  EXPECT_EQ(change.after[2].text, "long");
  EXPECT_EQ(change.before[1].text, "a@x");
}

TEST_F(StreamTest, without_a_full_old_row_an_unchanged_value_stays_unsent) {
  begin_with_account('d');
  const auto change = row(update(1, {"7", "b@x", unsent_cell}));
  EXPECT_EQ(change.old_row, OldRow::absent);
  EXPECT_EQ(change.after[2].kind, Value::Kind::not_sent);
}

TEST_F(StreamTest, in_a_key_only_old_row_what_is_not_the_key_was_not_sent) {
  begin_with_account('d');
  const auto change = row(update(1, 'K', {"7", null_cell, null_cell}, {"8", "b@x", "long"}));
  EXPECT_EQ(change.before[0].text, "7");
  EXPECT_EQ(change.before[1].kind, Value::Kind::not_sent) << "it is not NULL";
  const auto removed = row(remove(1, 'K', {"8", null_cell, null_cell}));
  EXPECT_EQ(removed.before[2].kind, Value::Kind::not_sent);
}

TEST_F(StreamTest, a_null_in_a_full_old_row_is_null) {
  begin_with_account();
  EXPECT_EQ(row(remove(1, 'O', {"8", null_cell, null_cell})).before[1].kind, Value::Kind::null);
}

TEST_F(StreamTest, a_truncate_of_two_tables_is_one_change_with_one_ordinal) {
  begin_with_account();
  push(relation(2, "graph", "order", 'd', {{"id", true}}));
  const auto truncation = std::get<Truncation>(push(truncate({1, 2})));
  ASSERT_EQ(truncation.tables.size(), 2U);
  EXPECT_EQ(truncation.tables[0].ordinal, 1U);
  EXPECT_EQ(truncation.tables[1].ordinal, 1U);
  EXPECT_EQ(truncation.tables[1].relation->name, "order");
  EXPECT_EQ(row(insert(2, {"1"})).ordinal, 2U);
}

TEST_F(StreamTest, a_table_described_anew_gets_a_new_revision_only_when_it_differs) {
  begin_with_account();
  const auto first = row(insert(1, {"7", "a", "b"})).relation->revision;
  push(relation(1, "graph", "account", 'f', {{"id", true}, {"email", true}, {"bio", true}}));
  EXPECT_EQ(row(insert(1, {"7", "a", "b"})).relation->revision, first);
  push(relation(1, "graph", "account", 'f', {{"id", true}, {"mail", true}, {"bio", true}}));
  EXPECT_GT(row(insert(1, {"7", "a", "b"})).relation->revision, first);
}

// As PostgreSQL sends them: the whole, the partition, then rows of the whole.
TEST_F(StreamTest, a_partition_that_keeps_less_of_the_old_row_narrows_the_whole_table) {
  begin_with_account();
  push(relation(2, "graph", "Part 0", 'f', {{"bio", true}, {"email", true}, {"id", true}}));
  const auto whole = *row(insert(1, {"7", "a", "b"})).relation;
  EXPECT_EQ(whole.replica_identity, ReplicaIdentity::full);
  push(relation(1, "graph", "account", 'f', {{"id", true}, {"email", true}, {"bio", true}}));
  push(relation(3, "graph", "Part 1", 'd', {{"bio", false}, {"email", false}, {"id", true}}));
  const auto gone = row(remove(1, 'O', {"8", null_cell, null_cell}));
  EXPECT_EQ(gone.old_row, OldRow::key_only);
  EXPECT_EQ(gone.before[0].text, "8");
  EXPECT_EQ(gone.before[1].kind, Value::Kind::not_sent);
  EXPECT_EQ(gone.relation->replica_identity, ReplicaIdentity::standard);
  EXPECT_EQ(gone.relation->part_name, "Part 1");
  EXPECT_GT(gone.relation->revision, whole.revision);
  const auto changed = row(update(1, 'O', {"8", null_cell, null_cell}, {"9", "a", "b"}));
  EXPECT_EQ(changed.old_row, OldRow::key_only);
  EXPECT_EQ(changed.before[1].kind, Value::Kind::not_sent);
  // Mended, and so described anew.
  push(relation(1, "graph", "account", 'f', {{"id", true}, {"email", true}, {"bio", true}}));
  push(relation(3, "graph", "Part 1", 'f', {{"bio", true}, {"email", true}, {"id", true}}));
  EXPECT_EQ(row(remove(1, 'O', {"8", null_cell, "b"})).old_row, OldRow::full);
}

TEST_F(StreamTest, tables_that_are_described_one_behind_the_other_are_no_parts_of_each_other) {
  begin_with_account();
  push(relation(2, "graph", "order", 'd', {{"id", true}}));
  push(truncate({1, 2}));
  EXPECT_EQ(row(insert(1, {"7", "a", "b"})).relation->replica_identity, ReplicaIdentity::full);
  push(relation(1, "graph", "account", 'f', {{"id", true}, {"email", true}, {"bio", true}}));
  push(relation(2, "graph", "order", 'd', {{"id", true}}));
  row(insert(2, {"7"}));
  EXPECT_EQ(row(insert(1, {"7", "a", "b"})).relation->replica_identity, ReplicaIdentity::full);
}

TEST_F(StreamTest, an_origin_and_a_transactional_message_are_said_and_count_as_no_row) {
  begin_with_account();
  EXPECT_EQ(std::get<TransactionOrigin>(push(Bytes().raw("O").u64(1).text("node"))).name, "node");
  push(Bytes().raw("Y").u32(9).text("s").text("t"));
  const auto message =
      std::get<TransactionMessage>(push(Bytes().raw("M").u8(1).u64(1).text("p").u32(2).raw("hi")));
  EXPECT_EQ(message.prefix, "p");
  EXPECT_EQ(message.content, "hi");
  EXPECT_EQ(row(insert(1, {"7", "a", "b"})).ordinal, 1U);
}

TEST_F(StreamTest, a_message_that_is_not_transactional_says_nothing_wherever_it_comes) {
  const auto text = Bytes().raw("M").u8(0).u64(1).text("p").u32(2).raw("hi");
  EXPECT_TRUE(std::holds_alternative<Nothing>(push(text)));
  begin_with_account();
  EXPECT_TRUE(std::holds_alternative<Nothing>(push(text)));
}

// ---- Messages that contradict each other ----

TEST_F(StreamTest, a_row_outside_a_transaction_is_refused) {
  EXPECT_EQ(refuse(insert(1, {"7"})).message, "an insert outside a transaction");
  EXPECT_EQ(refuse(truncate({})).message, "a truncate outside a transaction");
}

TEST_F(StreamTest, a_transactional_message_outside_a_transaction_is_refused) {
  EXPECT_EQ(refuse(Bytes().raw("M").u8(1).u64(1).text("p").u32(2).raw("hi")).message,
            "a transactional message outside a transaction");
}

TEST_F(StreamTest, a_row_of_a_relation_that_was_not_described_is_refused) {
  push(begin(0x900));
  const auto error = refuse(remove(5, 'O', {"7"}));
  EXPECT_EQ(error.kind, ErrorKind::inconsistent);
  EXPECT_EQ(error.message, "a delete of relation 5, which the stream has not described");
  EXPECT_EQ(error.lsn, Lsn{0x100});
}

TEST_F(StreamTest, a_row_with_another_number_of_columns_is_refused) {
  begin_with_account();
  EXPECT_EQ(refuse(insert(1, {"7"})).message,
            "an insert of graph.account has 1 columns, and the table was described with 3");
  EXPECT_EQ(refuse(update(1, 'O', {"7"}, {"7", "a", "b"})).message,
            "the old row of an update of graph.account has 1 columns, and the table was described "
            "with 3");
}

TEST_F(StreamTest, a_begin_inside_a_transaction_and_a_commit_outside_or_of_another_are_refused) {
  EXPECT_EQ(refuse(commit(1, 2)).message, "a commit outside a transaction");
  push(begin(0x900));
  EXPECT_EQ(refuse(begin(0xA00)).message,
            "a transaction begins inside the one that commits at 0/900");
  EXPECT_EQ(refuse(commit(0x901, 0x930)).message,
            "a commit at 0/901 ends the transaction that was to commit at 0/900");
}

TEST_F(StreamTest, a_broken_message_says_where_in_the_wal_it_stood) {
  const auto error = refuse("Z");
  EXPECT_EQ(error.kind, ErrorKind::unknown_message);
  EXPECT_EQ(error.lsn, Lsn{0x100});
}

TEST(LsnText, reads_what_it_prints_and_refuses_the_rest) {
  EXPECT_EQ(to_string(Lsn{0x16B374D848}), "16/B374D848");
  EXPECT_EQ(parse_lsn("16/B374D848"), Lsn{0x16B374D848});
  for (const auto* bad : {"", "/", "1", "1/", "/1", "G/1", "1/123456789", " 1/1", "1/1 ", "-1/1"})
    EXPECT_EQ(parse_lsn(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace wakestream::cdc
