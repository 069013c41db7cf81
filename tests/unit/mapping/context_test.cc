// Rules that join the account context, and the rule that says where it comes from.
#include <gmock/gmock.h>

#include <map>

#include "mapping/context_rule.h"
#include "mapping/rule.h"
#include "mapping/rule_as_sql.h"
#include "mapping/rule_as_yaml.h"
#include "tests/unit/mapping/mapping_fixture.h"

namespace wakestream::mapping::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class KnownAccounts final : public ContextLookup {
 public:
  const AccountContext* find(std::string_view account_id) override {
    ++lookups;
    const auto found = accounts.find(std::string(account_id));
    return found == accounts.end() ? nullptr : &found->second;
  }
  bool is_filled() const override { return filled; }
  bool filled = true;
  std::map<std::string, AccountContext> accounts;
  int lookups = 0;
};

const std::string joined_rule =
    "CREATE VIEW c.a AS\nSELECT new.account_id, NULL AS version, context.banner, "
    "context.jurisdiction,\n       context.consent, context.parent AS parent_id, new.email\n"
    "FROM   t.account\nJOIN   context USING (account_id)\nWHERE  op = 'INSERT'";

class ContextJoinTest : public MappingTest {
 protected:
  void SetUp() override {
    known.accounts["a1"].values = {"banner-a", std::nullopt, "EU", R"({"email": true})"};
  }
  void load(const std::string& sql) {
    rules(sql);
    mapper.emplace(*set, &known);
    table({{"account_id", oid::text}, {"email", oid::text}});
  }
  KnownAccounts known;
};

TEST_F(ContextJoinTest, an_event_has_the_context_of_its_account) {
  load(joined_rule);
  ASSERT_TRUE(insert({"a1", "x"}));
  ASSERT_THAT(recorder.events, SizeIs(1));
  EXPECT_EQ(recorder.events[0].payload,
            R"({"account_id":"a1","version":null,"banner":"banner-a","jurisdiction":"EU",)"
            R"("consent":{"email": true},"parent_id":null,"email":"x"})");
}

TEST_F(ContextJoinTest, an_account_that_is_not_known_is_quarantined) {
  load(joined_rule);
  ASSERT_TRUE(insert({"a2", "x"}));
  EXPECT_THAT(recorder.events, IsEmpty());
  ASSERT_THAT(recorder.quarantined, SizeIs(1));
  EXPECT_EQ(recorder.quarantined[0].reason, "the account context knows no such account");
  EXPECT_EQ(recorder.quarantined[0].column, "account_id");
  EXPECT_THAT(recorder.quarantined[0].row, HasSubstr("\"account_id\":\"a2\""));
}

TEST_F(ContextJoinTest, rules_that_join_give_nothing_before_every_account_is_known) {
  load(joined_rule);
  known.filled = false;
  ASSERT_TRUE(insert({"a1", "x"}));
  ASSERT_TRUE(insert({"a2", "x"}));
  EXPECT_THAT(recorder.events, IsEmpty());
  EXPECT_THAT(recorder.quarantined, IsEmpty());
  known.filled = true;
  ASSERT_TRUE(insert({"a1", "x"}));
  EXPECT_THAT(recorder.events, SizeIs(1));
}

TEST_F(ContextJoinTest, a_row_that_does_not_match_is_not_looked_up) {
  load(joined_rule);
  ASSERT_TRUE(update({"a2", "x"}, {"a2", "y"}));
  EXPECT_EQ(known.lookups, 0);
  EXPECT_THAT(recorder.quarantined, IsEmpty());
}

TEST_F(ContextJoinTest, a_condition_may_ask_the_context) {
  known.accounts["a2"].values = {"banner-b", "p", "EU", std::nullopt};
  load("CREATE VIEW c.a AS SELECT new.account_id, " + usual_literals +
       " FROM t.account JOIN context USING (account_id) WHERE context.banner = 'banner-b' AND "
       "context.consent ->> 'email' IS NULL");
  ASSERT_TRUE(insert({"a1", "x"}));
  EXPECT_THAT(recorder.events, IsEmpty());
  ASSERT_TRUE(insert({"a2", "x"}));
  EXPECT_THAT(recorder.events, SizeIs(1));
  EXPECT_THAT(recorder.quarantined, IsEmpty());
}

TEST_F(ContextJoinTest, a_null_account_is_quarantined_as_everywhere) {
  load(joined_rule);
  ASSERT_TRUE(insert({null, "x"}));
  ASSERT_THAT(recorder.quarantined, SizeIs(1));
  EXPECT_EQ(recorder.quarantined[0].reason,
            "the account id is NULL or empty, so the event has no key");
}

TEST_F(ContextJoinTest, both_forms_print_the_join_and_read_it_back) {
  rules(joined_rule);
  const auto& rule = set->rules()[0];
  EXPECT_TRUE(rule.joins_context);
  const auto sql = rule_as_sql(rule);
  EXPECT_THAT(sql, HasSubstr("FROM   t.account\nJOIN   context USING (account_id)\nWHERE"));
  EXPECT_THAT(sql, HasSubstr("context.banner, context.jurisdiction"));
  const auto yaml = rules_as_yaml(set->rules());
  EXPECT_THAT(yaml, HasSubstr("join: context"));
  EXPECT_THAT(yaml, HasSubstr("- context.banner"));
  EXPECT_THAT(yaml, HasSubstr("{column: context.parent, as: parent_id}"));
  for (const auto& [name, text] : {std::pair{"r.sql", sql}, std::pair{"r.yaml", yaml}}) {
    const std::vector<RuleSource> sources{{name, text}};
    const auto again = RuleSet::parse(sources);
    ASSERT_TRUE(again) << to_string(again.error()[0]);
    EXPECT_EQ(again->hash(), set->hash()) << name;
  }
}

TEST_F(ContextJoinTest, a_rule_that_joins_is_another_rule) {
  rules("CREATE VIEW c.a AS SELECT new.account_id, " + usual_literals + " FROM t.account");
  const auto without = set->hash();
  EXPECT_FALSE(set->joins_context());
  EXPECT_THAT(set->refuse_context("no"), IsEmpty());
  rules("CREATE VIEW c.a AS SELECT new.account_id, " + usual_literals +
        " FROM t.account JOIN context USING (account_id)");
  EXPECT_TRUE(set->joins_context());
  EXPECT_NE(set->hash(), without);
  const auto errors = set->refuse_context("no");
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(to_string(errors[0]), "rules.sql:1:130: rule c.a: no");
}

class ContextRuleTest : public MappingTest {
 protected:
  static ContextSource source() {
    ContextSource made;
    made.file = "ws.yaml";
    made.table_schema = "t";
    made.table_name = "account";
    made.table_place = {9, 10};
    made.account_id = {"new.id", {{10, 1}}};
    made.columns[0] = {"new.banner", {{11, 1}}};
    made.columns[1] = {"NULL", {{9, 10}}};
    made.columns[2] = {"CASE WHEN new.eu THEN 'EU' ELSE 'US' END", {{12, 1}}};
    made.columns[3] = {"new.consent", {{13, 1}}};
    return made;
  }
  void SetUp() override {
    auto rule = ContextRule::parse(source());
    ASSERT_TRUE(rule) << to_string(rule.error()[0]);
    reader.emplace(std::move(*rule));
    table({{"id", oid::int8, -1, true},
           {"banner", oid::text},
           {"eu", oid::boolean},
           {"consent", oid::jsonb}});
  }
  ContextChange read(cdc::Operation operation, const Row& before, const Row& after) {
    const auto before_values = values_of(before);
    const auto after_values = values_of(after);
    cdc::RowChange change;
    change.operation = operation;
    change.relation = &relation;
    change.old_row = cdc::OldRow::full;
    change.before = before_values;
    change.after = after_values;
    const auto result = reader->read(change);
    EXPECT_TRUE(result) << to_string(result.error());
    return result ? **result : ContextChange{};
  }
  std::optional<ContextReader> reader;
};

TEST_F(ContextRuleTest, an_insert_gives_the_account_its_context) {
  const auto change = read(cdc::Operation::insert, {}, {"7", "a", "t", R"({"b": 1.50})"});
  EXPECT_EQ(change.account_id, "7");
  EXPECT_EQ(change.gone, "");
  EXPECT_EQ(change.problem, "");
  EXPECT_EQ(change.context.at(ContextColumn::banner), "a");
  EXPECT_EQ(change.context.at(ContextColumn::parent), std::nullopt);
  EXPECT_EQ(change.context.at(ContextColumn::jurisdiction), "EU");
  EXPECT_EQ(change.context.at(ContextColumn::consent), R"({"b": 1.50})");
}

TEST_F(ContextRuleTest, a_delete_and_a_changed_id_take_it_away) {
  EXPECT_EQ(read(cdc::Operation::remove, {"7", "a", "t", null}, {}).gone, "7");
  const auto moved = read(cdc::Operation::update, {"7", "a", "t", null}, {"8", "a", "f", null});
  EXPECT_EQ(moved.gone, "7");
  EXPECT_EQ(moved.account_id, "8");
  EXPECT_EQ(moved.context.at(ContextColumn::consent), std::nullopt);
  const auto same = read(cdc::Operation::update, {"7", "a", "t", null}, {"7", "b", "f", null});
  EXPECT_EQ(same.gone, "");
  EXPECT_EQ(same.context.at(ContextColumn::jurisdiction), "US");
  EXPECT_TRUE(read(cdc::Operation::truncate, {}, {}).every_account_gone);
}

TEST_F(ContextRuleTest, a_row_that_cannot_be_read_names_its_account_and_why) {
  const auto change = read(cdc::Operation::insert, {}, {"7", "\xff", "t", null});
  EXPECT_EQ(change.account_id, "7");
  EXPECT_EQ(change.problem, "a text is not valid UTF-8");
  EXPECT_EQ(change.field, "banner");
  EXPECT_EQ(read(cdc::Operation::insert, {}, {null, "a", "t", null}).problem,
            "the account id is NULL or empty");
}

TEST_F(ContextRuleTest, it_is_checked_against_the_published_tables) {
  const auto messages = [&](const std::vector<TableShape>& shapes) {
    std::string text;
    for (const auto& error : reader->rule().check(shapes)) text += to_string(error) + "\n";
    return text;
  };
  TableShape shape;
  shape.publication = "p";
  shape.relation = relation;
  EXPECT_EQ(messages({shape}), "");
  EXPECT_EQ(messages({}),
            "ws.yaml:9:10: the context's table t.account is not in the publication: run ALTER "
            "PUBLICATION ... ADD TABLE t.account, or mend context.table\n");
  shape.published[1] = false;
  EXPECT_THAT(messages({shape}), HasSubstr("publication p does not publish every operation"));
  shape.published[1] = true;
  shape.relation.replica_identity = cdc::ReplicaIdentity::standard;
  for (auto& column : shape.relation.columns) column.part_of_key = column.name == "id";
  EXPECT_EQ(messages({shape}),
            "ws.yaml:11:1: new.banner may be left out of an UPDATE that does not change it (a "
            "TOAST value) under this table's replica identity: run ALTER TABLE t.account REPLICA "
            "IDENTITY FULL\nws.yaml:13:1: new.consent may be left out of an UPDATE that does not "
            "change it (a TOAST value) under this table's replica identity: run ALTER TABLE "
            "t.account REPLICA IDENTITY FULL\n");
  shape.relation.columns[1].name = "brand";
  EXPECT_THAT(messages({shape}), HasSubstr("ws.yaml:11:1: table t.account has no column banner"));
}

TEST_F(ContextRuleTest, its_hash_is_of_what_it_says) {
  const auto hash_of = [](const ContextSource& one) { return ContextRule::parse(one)->hash(); };
  auto other = source();
  EXPECT_EQ(hash_of(other), hash_of(source()));
  other.columns[0].text = "new.brand";
  EXPECT_NE(hash_of(other), hash_of(source()));
  other = source();
  other.table_name = "accounts";
  EXPECT_NE(hash_of(other), hash_of(source()));
}

}  // namespace
}  // namespace wakestream::mapping::test
