// The third state: a value that PostgreSQL did not send is no NULL, and is never guessed. What
// replica identity a rule needs, and what it does with what came.
#include <gmock/gmock.h>

#include "mapping/evaluation.h"
#include "tests/unit/mapping/mapping_fixture.h"

namespace wakestream::mapping::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class NotSentTest : public MappingTest {
 protected:
  void account(cdc::ReplicaIdentity identity) {
    table({{"id", oid::int8, -1, true}, {"t", oid::text, -1, false}, {"n", oid::int4, -1, false}},
          identity);
  }

  // Why the rule cannot be bound; empty: it can.
  std::string refusal() {
    TableShape shape;
    shape.relation = relation;
    shape.publication = "p";
    shape.parts = parts;
    const std::vector<TableShape> shapes{shape};
    const auto errors = check_rules(*set, shapes);
    return errors.empty() ? "" : errors[0].message;
  }

  std::vector<cdc::Relation> parts;
};

TEST_F(NotSentTest, an_unchanged_toast_value_is_the_old_one_under_identity_full) {
  account(cdc::ReplicaIdentity::full);
  rule_for("new.t");
  ASSERT_TRUE(update({"1", "long", "1"}, {"1", not_sent, "2"}));
  EXPECT_EQ(last_x(), "\"long\"");
}

TEST_F(NotSentTest, an_unchanged_toast_value_is_never_null) {
  account(cdc::ReplicaIdentity::standard);
  rule_for("new.t IS NULL", "op = 'UPDATE'");
  EXPECT_EQ(refusal(), "");
  ASSERT_TRUE(update_without_old({"1", not_sent, "2"}));
  EXPECT_EQ(last_x(), "false");
}

TEST_F(NotSentTest, a_value_that_is_needed_and_was_not_sent_goes_to_quarantine) {
  account(cdc::ReplicaIdentity::full);
  rule_for("new.t || 'x'");
  ASSERT_TRUE(update({"1", not_sent, "1"}, {"1", not_sent, "2"}));
  EXPECT_THAT(recorder.events, SizeIs(0));
  ASSERT_THAT(recorder.quarantined, SizeIs(1));
  EXPECT_EQ(recorder.quarantined[0].reason, sentence_of(Problem::not_sent));
  EXPECT_THAT(recorder.quarantined[0].row, HasSubstr(R"("after_not_sent":["t"])"));
}

TEST_F(NotSentTest, what_every_value_decides_alike_needs_none) {
  account(cdc::ReplicaIdentity::full);
  rule_for("new.t = 'a' AND new.n = 0");
  ASSERT_TRUE(update({"1", not_sent, "1"}, {"1", not_sent, "2"}));
  EXPECT_EQ(last_x(), "false");
  rule_for("new.t = 'a' OR new.n = 2");
  ASSERT_TRUE(update({"1", not_sent, "1"}, {"1", not_sent, "2"}));
  EXPECT_EQ(last_x(), "true");
  rule_for("COALESCE(new.n::text, new.t)");
  ASSERT_TRUE(update({"1", not_sent, "1"}, {"1", not_sent, "2"}));
  EXPECT_EQ(last_x(), "\"2\"");
}

TEST_F(NotSentTest, identity_default_gives_the_key_of_the_old_row_and_no_more) {
  account(cdc::ReplicaIdentity::standard);
  rule_for("old.id");
  EXPECT_EQ(refusal(), "");
  // The key did not change: no old row comes, and the old key is the new one.
  ASSERT_TRUE(update_without_old({"7", "a", "1"}));
  EXPECT_EQ(last_x(), "7");
  ASSERT_TRUE(apply(cdc::Operation::update, cdc::OldRow::key_only, {"6", not_sent, not_sent},
                    {"7", "a", "1"}));
  EXPECT_EQ(last_x(), "6");
  rule_for("old.n");
  EXPECT_THAT(refusal(), HasSubstr("old.n is not sent for UPDATE under this table's replica "
                                   "identity: run ALTER TABLE t.account REPLICA IDENTITY FULL"));
}

TEST_F(NotSentTest, an_index_as_identity_counts_as_the_key) {
  account(cdc::ReplicaIdentity::index);
  rule_for("old.id", "op = 'DELETE'");
  EXPECT_EQ(refusal(), "");
  rule_for("old.n", "op = 'DELETE'");
  EXPECT_THAT(refusal(), HasSubstr("old.n is not sent for DELETE"));
}

TEST_F(NotSentTest, identity_nothing_gives_nothing_of_the_old_row) {
  account(cdc::ReplicaIdentity::nothing);
  rule_for("old.id", "op <> 'INSERT'");
  EXPECT_THAT(refusal(), HasSubstr("old.id is not sent for UPDATE"));
  rule_for("new.n", "op = 'INSERT'");
  EXPECT_EQ(refusal(), "");
}

TEST_F(NotSentTest, each_part_of_a_partitioned_table_must_keep_what_a_rule_needs) {
  account(cdc::ReplicaIdentity::standard);
  auto part = relation;
  part.name = "Part 1";
  account(cdc::ReplicaIdentity::full);
  parts = {relation};
  rule_for("old.n");
  EXPECT_EQ(refusal(), "");
  parts.push_back(part);
  EXPECT_THAT(refusal(), HasSubstr("under this partition's replica identity: run ALTER TABLE "
                                   "t.\"Part 1\" REPLICA IDENTITY FULL"));
  rule_for("old.id");
  EXPECT_EQ(refusal(), "");
}

TEST_F(NotSentTest,
       a_large_column_of_new_needs_identity_full_for_updates_and_a_small_one_does_not) {
  account(cdc::ReplicaIdentity::standard);
  rule_for("new.t");
  EXPECT_THAT(refusal(), HasSubstr("new.t may be left out of an UPDATE that does not change it"));
  rule_for("new.t", "op = 'INSERT'");
  EXPECT_EQ(refusal(), "");
  rule_for("new.n");
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace wakestream::mapping::test
