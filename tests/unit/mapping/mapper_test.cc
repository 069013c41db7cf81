#include "mapping/mapper.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/mapping/mapping_fixture.h"

namespace wakestream::mapping::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const std::string email_changed =
    "CREATE VIEW customer.email_changed AS SELECT new.account_id, new.version, new.banner, "
    "new.jurisdiction, new.consent, "
    "old.email AS previous_email, new.email FROM t.account WHERE op = 'UPDATE' AND old.email IS "
    "DISTINCT FROM new.email;";

class MapperTest : public MappingTest {
 protected:
  void account_table(cdc::ReplicaIdentity identity = cdc::ReplicaIdentity::full) {
    table({{"account_id", oid::text, -1, true},
           {"version", oid::int8, -1, false},
           {"banner", oid::text, -1, false},
           {"jurisdiction", oid::text, -1, false},
           {"consent", oid::jsonb, -1, false},
           {"email", oid::text, -1, false}},
          identity);
  }
};

TEST_F(MapperTest, a_changed_column_is_one_event_with_the_fields_in_order) {
  rules(email_changed);
  account_table();
  ASSERT_TRUE(update({"a1", "1", "b", "EU", R"({"m": true})", "old@x"},
                     {"a1", "2", "b", "EU", R"({"m": true})", "new@x"}));
  ASSERT_THAT(recorder.events, SizeIs(1));
  const auto& event = recorder.events[0];
  EXPECT_EQ(event.type, "customer.email_changed");
  EXPECT_EQ(event.account_id, "a1");
  EXPECT_EQ(event.table, "t.account");
  EXPECT_EQ(event.rule_index, 0);
  EXPECT_EQ(
      event.payload,
      R"({"account_id":"a1","version":2,"banner":"b","jurisdiction":"EU","consent":{"m": true},)"
      R"("previous_email":"old@x","email":"new@x"})");
}

TEST_F(MapperTest, an_event_is_bulk_where_its_rule_s_condition_is_true) {
  rules(email_changed + "COMMENT ON VIEW customer.email_changed IS 'bulk: new.version > 100';");
  account_table();
  const auto change_to = [this](const Cell& version) {
    EXPECT_TRUE(
        update({"a1", "1", "b", "EU", null, "old@x"}, {"a1", version, "b", "EU", null, "new@x"}));
    return recorder.events.back().bulk;
  };
  EXPECT_TRUE(change_to("101"));
  EXPECT_FALSE(change_to("100"));
  EXPECT_FALSE(change_to(null)) << "as in WHERE, NULL is not true";
  EXPECT_THAT(recorder.events, SizeIs(3)) << "it is no condition of there being an event";
  rules(email_changed);
  EXPECT_FALSE(change_to("101"));
}

TEST_F(MapperTest, a_row_of_which_nobody_can_say_whether_it_is_bulk_is_quarantined) {
  rules(email_changed + "COMMENT ON VIEW customer.email_changed IS 'bulk: 1 / new.version = 1';");
  account_table();
  ASSERT_TRUE(update({"a1", "1", "b", "EU", null, "old@x"}, {"a1", "0", "b", "EU", null, "new@x"}));
  EXPECT_THAT(recorder.events, SizeIs(0));
  ASSERT_THAT(recorder.quarantined, SizeIs(1));
  EXPECT_THAT(recorder.quarantined[0].reason, HasSubstr("zero"));
}

TEST_F(MapperTest, what_a_condition_of_bulk_reads_must_be_sent) {
  rules(
      "CREATE VIEW customer.x AS SELECT new.account_id, NULL AS version, 'b' AS banner, 'EU' AS "
      "jurisdiction, NULL AS consent FROM t.account WHERE op = 'UPDATE'; COMMENT ON VIEW "
      "customer.x IS 'bulk: old.email = ''x''';");
  account_table(cdc::ReplicaIdentity::standard);
  const auto mapped = update_without_old({"a1", "1", "b", "EU", null, "x"});
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.error().kind, ErrorKind::not_sent);
}

TEST_F(MapperTest, an_unchanged_column_and_another_operation_are_no_event) {
  rules(email_changed);
  account_table();
  ASSERT_TRUE(update({"a1", "1", "b", "EU", null, "x"}, {"a1", "2", "b", "EU", null, "x"}));
  ASSERT_TRUE(insert({"a1", "1", "b", "EU", null, "x"}));
  ASSERT_TRUE(remove({"a1", "1", "b", "EU", null, "x"}));
  ASSERT_TRUE(truncate());
  EXPECT_THAT(recorder.events, SizeIs(0));
  EXPECT_THAT(recorder.quarantined, SizeIs(0));
}

TEST_F(MapperTest, null_and_a_value_are_distinct_and_null_becomes_null) {
  rules(email_changed);
  account_table();
  ASSERT_TRUE(update({"a1", "1", "b", "EU", null, "x"}, {"a1", "2", "b", "EU", null, null}));
  ASSERT_THAT(recorder.events, SizeIs(1));
  EXPECT_THAT(recorder.events[0].payload, HasSubstr(R"("previous_email":"x","email":null})"));
}

TEST_F(MapperTest, rules_give_events_in_the_order_of_the_files) {
  rules(email_changed + "CREATE VIEW customer.seen AS SELECT new.account_id, " + usual_literals +
        " FROM t.account WHERE op = 'UPDATE';");
  account_table();
  ASSERT_TRUE(update({"a1", "1", "b", "EU", null, "x"}, {"a1", "2", "b", "EU", null, "y"}));
  ASSERT_THAT(recorder.events, SizeIs(2));
  EXPECT_EQ(recorder.events[0].type, "customer.email_changed");
  EXPECT_EQ(recorder.events[1].type, "customer.seen");
}

TEST_F(MapperTest, a_table_without_rules_gives_nothing) {
  rules(email_changed);
  account_table();
  relation.name = "other";
  ASSERT_TRUE(insert({"a1", "1", "b", "EU", null, "x"}));
  EXPECT_THAT(recorder.events, SizeIs(0));
}

TEST_F(MapperTest,
       a_row_whose_expression_fails_is_quarantined_once_for_each_rule_and_others_go_on) {
  rules("CREATE VIEW c.a AS SELECT new.account_id, new.email::integer AS x, " + usual_literals +
        " FROM t.account;" + "CREATE VIEW c.b AS SELECT new.account_id, " + usual_literals +
        " FROM t.account WHERE new.email::boolean;" +
        "CREATE VIEW c.c AS SELECT new.account_id, new.email AS x, " + usual_literals +
        " FROM t.account;");
  account_table();
  ASSERT_TRUE(insert({"a1", "1", "b", "EU", null, "secret"}));
  ASSERT_THAT(recorder.events, SizeIs(1));
  EXPECT_EQ(recorder.events[0].type, "c.c");
  ASSERT_THAT(recorder.quarantined, SizeIs(2));
  EXPECT_EQ(recorder.quarantined[0].rule, "c.a");
  EXPECT_EQ(recorder.quarantined[0].column, "x");
  EXPECT_EQ(recorder.quarantined[0].reason, "a text that the rule casts to an integer is none");
  EXPECT_EQ(
      recorder.quarantined[0].row,
      R"({"op":"INSERT","table":"t.account","old_row":"absent","before":null,"after":{"account_id":"a1",)"
      R"("version":"1","banner":"b","jurisdiction":"EU","consent":null,"email":"secret"},"after_not_sent":[]})");
  EXPECT_EQ(recorder.quarantined[1].rule, "c.b");
  EXPECT_EQ(recorder.quarantined[1].column, "");
}

TEST_F(MapperTest, a_null_account_id_is_quarantined) {
  rules("CREATE VIEW c.a AS SELECT new.account_id, " + usual_literals + " FROM t.account");
  account_table();
  ASSERT_TRUE(insert({null, "1", "b", "EU", null, "x"}));
  ASSERT_TRUE(insert({"", "1", "b", "EU", null, "x"}));
  ASSERT_TRUE(remove({"a1", "1", "b", "EU", null, "x"}));
  ASSERT_TRUE(truncate());
  EXPECT_THAT(recorder.events, SizeIs(0));
  ASSERT_THAT(recorder.quarantined, SizeIs(4));
  EXPECT_EQ(recorder.quarantined[0].column, "account_id");
  EXPECT_EQ(
      recorder.quarantined[3].row,
      R"({"op":"TRUNCATE","table":"t.account","old_row":"absent","before":null,"after":null})");
}

TEST_F(MapperTest,
       what_was_not_sent_is_listed_in_the_quarantine_and_bytes_that_are_no_utf8_are_hex) {
  rules("CREATE VIEW c.a AS SELECT new.email AS account_id, " + usual_literals +
        " FROM t.account WHERE op = 'INSERT'");
  account_table();
  ASSERT_TRUE(insert({"a1", "1", not_sent, "EU", null, "\xff\x01"}));
  ASSERT_THAT(recorder.quarantined, SizeIs(1));
  EXPECT_EQ(recorder.quarantined[0].reason, "a text is not valid UTF-8");
  EXPECT_THAT(recorder.quarantined[0].row,
              HasSubstr(R"("email":{"hex":"ff01"}},"after_not_sent":["banner"])"));
}

TEST_F(MapperTest, an_integer_key_is_text_as_subject_and_a_number_in_the_payload) {
  rules("CREATE VIEW c.a AS SELECT COALESCE(new.version, 5) AS account_id, " + usual_literals +
        " FROM t.account");
  account_table();
  ASSERT_TRUE(insert({"a1", "9007199254740993", "b", "EU", null, "x"}));
  ASSERT_THAT(recorder.events, SizeIs(1));
  EXPECT_EQ(recorder.events[0].account_id, "9007199254740993");
  EXPECT_THAT(recorder.events[0].payload, HasSubstr(R"({"account_id":9007199254740993,)"));
}

TEST_F(MapperTest, the_schema_version_changes_with_the_fields_types_only) {
  rules(email_changed);
  account_table();
  const Row before{"a1", "1", "b", "EU", null, "x"};
  const Row after{"a1", "2", "b", "EU", null, "y"};
  ASSERT_TRUE(update(before, after));
  ++relation.revision;
  ASSERT_TRUE(update(before, after));
  relation.columns[1].type_oid = oid::int4;
  ++relation.revision;
  ASSERT_TRUE(update(before, after));
  ASSERT_THAT(recorder.events, SizeIs(3));
  EXPECT_EQ(recorder.events[0].schema_version, recorder.events[1].schema_version);
  EXPECT_NE(recorder.events[0].schema_version, recorder.events[2].schema_version);
}

// What the stream describes anew.

TEST_F(MapperTest, columns_that_moved_are_found_again) {
  rules(email_changed);
  account_table();
  ASSERT_TRUE(update({"a1", "1", "b", "EU", null, "x"}, {"a1", "2", "b", "EU", null, "y"}));
  std::rotate(relation.columns.begin(), relation.columns.begin() + 5, relation.columns.end());
  ++relation.revision;
  ASSERT_TRUE(update({"x", "a1", "1", "b", "EU", null}, {"z", "a1", "2", "b", "EU", null}));
  ASSERT_THAT(recorder.events, SizeIs(2));
  EXPECT_THAT(recorder.events[1].payload, HasSubstr(R"("previous_email":"x","email":"z")"));
}

TEST_F(MapperTest, a_new_stream_that_counts_revisions_from_the_start_is_not_taken_for_the_old_one) {
  rules(email_changed);
  account_table();
  ASSERT_TRUE(update({"a1", "1", "b", "EU", null, "x"}, {"a1", "2", "b", "EU", null, "y"}));
  std::rotate(relation.columns.begin(), relation.columns.begin() + 5, relation.columns.end());
  origin.commit_lsn = cdc::Lsn{0x200};
  ASSERT_TRUE(update({"x", "a1", "1", "b", "EU", null}, {"z", "a1", "2", "b", "EU", null}));
  ASSERT_THAT(recorder.events, SizeIs(2));
  EXPECT_THAT(recorder.events[1].payload, HasSubstr(R"("previous_email":"x","email":"z")"));
}

TEST_F(MapperTest, a_dropped_column_stops_its_table_and_no_other) {
  rules(email_changed + "CREATE VIEW c.b AS SELECT new.id AS account_id, " + usual_literals +
        " FROM t.other");
  account_table();
  const auto good = relation;
  relation.columns.pop_back();
  const auto broken = update({"a1", "1", "b", "EU", null}, {"a1", "2", "b", "EU", null});
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, ErrorKind::unknown_column);
  EXPECT_EQ(broken.error().rule, "customer.email_changed");
  EXPECT_EQ(broken.error().table, "t.account");
  EXPECT_EQ(broken.error().table_column, "email");
  relation = {2, "t", "other", cdc::ReplicaIdentity::standard, {{"id", oid::text, -1, true}}, 1};
  ASSERT_TRUE(insert({"a1"}));
  EXPECT_THAT(recorder.events, SizeIs(1));
  relation = good;
  ++relation.revision;
  ASSERT_TRUE(update({"a1", "1", "b", "EU", null, "x"}, {"a1", "2", "b", "EU", null, "y"}));
  EXPECT_THAT(recorder.events, SizeIs(2));
}

}  // namespace
}  // namespace wakestream::mapping::test
