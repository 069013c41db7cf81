// Rules in YAML: what each word means, by the SQL that says the same; and what is said of a
// mistake.
#include "mapping/yaml_rules.h"

#include <gmock/gmock.h>

#include "mapping/rule_as_sql.h"
#include "mapping/rule_set.h"

namespace wakestream::mapping {
namespace {

// A rule that is right, with lines put in place of some of its own.
const std::string right =
    "rules:\n"
    "  - event: customer.x\n"
    "    table: t.account\n"
    "    key: id\n"
    "    fields: [version, banner, jurisdiction, consent]\n";

std::string read(const std::string& yaml) {
  const std::vector<RuleSource> sources{{"r.yaml", yaml}};
  const auto set = RuleSet::parse(sources);
  std::string text;
  if (set) {
    for (const auto& rule : set->rules()) text += rule_as_sql(rule);
  } else {
    for (const auto& error : set.error()) text += to_string(error) + "\n";
  }
  return text;
}

std::string with(const std::string& more) { return read(right + more); }

std::string with(const std::string& line, const std::string& instead) {
  auto text = right;
  text.replace(text.find(line), line.size(), instead);
  return read(text);
}

// The condition of the rule with these lines.
std::string where(const std::string& more) {
  const auto sql = with(more);
  const auto at = sql.find("\nWHERE  ");
  return at == std::string::npos ? sql : sql.substr(at + 8);
}

TEST(YamlRulesTest, a_rule_of_the_shortest_kind) {
  EXPECT_EQ(with("    op: insert\n"),
            "CREATE VIEW customer.x AS\n"
            "SELECT new.id AS account_id, new.version, new.banner, new.jurisdiction, new.consent\n"
            "FROM   t.account\n"
            "WHERE  op = 'INSERT';\n");
}

TEST(YamlRulesTest, fields_are_columns_values_and_literals_with_names_and_remarks) {
  EXPECT_EQ(
      with(
          "fields: [version, banner, jurisdiction, consent]",
          "op: update\n"
          "    description: An account changed.\n"
          "    fields:\n"
          "      - {literal: null, as: version}\n"
          "      - {literal: NO, as: jurisdiction}\n"
          "      - {literal: 'true', as: banner}\n"
          "      - {literal: true, as: consent}\n"
          "      - {literal: -12, as: number}\n"
          "      - {column: old.email, as: previous_email, pii: user.contact.email}\n"
          "      - {column: E-mail, pii: [user.contact.email, user.name], description: Where to.}\n"
          "      - value: >-\n"
          "          COALESCE(new.tier,  -- or none\n"
          "\n"
          "            'none')\n"
          "        as: tier\n"),
      "CREATE VIEW customer.x AS\n"
      "SELECT new.id AS account_id, NULL AS version, 'NO' AS jurisdiction, 'true' AS banner, true "
      "AS consent,\n"
      "       -12 AS number, old.email AS previous_email, new.\"E-mail\", COALESCE(new.tier, "
      "'none') AS tier\n"
      "FROM   t.account\n"
      "WHERE  op = 'UPDATE';\n"
      "COMMENT ON VIEW customer.x IS 'An account changed.';\n"
      "COMMENT ON COLUMN customer.x.previous_email IS 'pii: user.contact.email';\n"
      "COMMENT ON COLUMN customer.x.\"E-mail\" IS 'pii: user.contact.email, user.name\nWhere "
      "to.';\n");
}

TEST(YamlRulesTest, conditions) {
  EXPECT_EQ(where("    op: [insert, delete]\n"), "op IN ('INSERT', 'DELETE');\n");
  EXPECT_EQ(where("    watch: email\n"),
            "op = 'UPDATE' AND old.email IS DISTINCT FROM new.email;\n");
  EXPECT_EQ(where("    watch: [a, B]\n"),
            "op = 'UPDATE' AND (old.a IS DISTINCT FROM new.a OR old.\"B\" IS DISTINCT FROM "
            "new.\"B\");\n");
  EXPECT_EQ(where("    op: [insert, update]\n    watch: a\n"),
            "op = 'INSERT' OR (op = 'UPDATE' AND old.a IS DISTINCT FROM new.a);\n");
  EXPECT_EQ(where("    op: [insert, update]\n    watch: a\n    when: new.b OR new.c\n"),
            "(op = 'INSERT' OR (op = 'UPDATE' AND old.a IS DISTINCT FROM new.a)) AND (new.b OR "
            "new.c );\n");
  EXPECT_EQ(where("    when: new.b = 'x'\n"), "new.b = 'x';\n");
  EXPECT_EQ(where("    op: update\n    when: new.b = 'x' AND new.c\n"),
            "op = 'UPDATE' AND new.b = 'x' AND new.c;\n");
}

TEST(YamlRulesTest, a_column_without_a_side_is_the_row_that_there_is) {
  const auto first_field = [](const std::string& more) {
    const auto sql = with(more);
    const auto at = sql.find("SELECT ") + 7;
    return sql.substr(at, sql.find(" AS account_id") - at);
  };
  EXPECT_EQ(first_field("    op: [insert, update]\n"), "new.id");
  EXPECT_EQ(first_field("    op: delete\n"), "old.id");
  EXPECT_EQ(first_field("    op: [insert, delete]\n"),
            "CASE WHEN op = 'DELETE' THEN old.id ELSE new.id END");
  EXPECT_EQ(first_field(""), "CASE WHEN op = 'DELETE' THEN old.id ELSE new.id END");
}

TEST(YamlRulesTest, defaults_are_what_a_rule_does_not_say_and_their_fields_come_first) {
  EXPECT_EQ(read("defaults:\n"
                 "  table: t.account\n"
                 "  key: {column: id, pii: user.unique_id}\n"
                 "  fields: [version, banner, jurisdiction, consent]\n"
                 "rules:\n"
                 "  - {event: customer.a, op: insert}\n"
                 "  - {event: customer.b, op: delete, table: t.other, fields: [email]}\n"),
            "CREATE VIEW customer.a AS\n"
            "SELECT new.id AS account_id, new.version, new.banner, new.jurisdiction, new.consent\n"
            "FROM   t.account\n"
            "WHERE  op = 'INSERT';\n"
            "COMMENT ON COLUMN customer.a.account_id IS 'pii: user.unique_id';\n"
            "CREATE VIEW customer.b AS\n"
            "SELECT old.id AS account_id, old.version, old.banner, old.jurisdiction, old.consent, "
            "old.email\n"
            "FROM   t.other\n"
            "WHERE  op = 'DELETE';\n"
            "COMMENT ON COLUMN customer.b.account_id IS 'pii: user.unique_id';\n");
}

TEST(YamlRulesTest, rules_of_both_forms_stand_together_and_a_name_stands_once) {
  const std::vector<RuleSource> sources{
      {"a.sql",
       "CREATE VIEW customer.x AS SELECT new.id AS account_id, new.version, new.banner, "
       "new.jurisdiction, new.consent FROM t.account"},
      {"b.yaml", right}};
  const auto set = RuleSet::parse(sources);
  ASSERT_FALSE(set);
  EXPECT_EQ(to_string(set.error()[0]),
            "b.yaml:2:12: rule customer.x: there is a rule of this name at a.sql:1:13: an event "
            "type has one rule");
}

// ---- What is wrong, and where ----

TEST(YamlRulesTest, what_is_no_list_of_rules) {
  EXPECT_EQ(read("rules: [a\n"),
            "r.yaml:2:1: the file is not YAML: end of sequence flow not found\n");
  EXPECT_EQ(read("- a\n"), "r.yaml:1:1: the file must be a mapping of keys to values\n");
  EXPECT_EQ(read("x: 1\n"),
            "r.yaml:1:1: rules is missing: a list, `- event: ...` each\n"
            "r.yaml:1:1: x is not known; known here: defaults, rules\n");
  EXPECT_EQ(read("rules: {a: b}\n"),
            "r.yaml:1:8: rules must be a list, `- event: family.change` each\n");
  EXPECT_EQ(read("rules:\n  - a\n"),
            "r.yaml:2:5: a rule is a mapping that begins with `event: family.change`\n");
  EXPECT_EQ(read("rules: [\"\xFF\"]\n"),
            "r.yaml:1:10: this is not UTF-8 text: save the file as "
            "UTF-8\n");
  EXPECT_EQ(read("defaults: {tabel: t.a}\nrules: []\n"),
            "r.yaml:1:12: defaults.tabel is not known; did you mean table?\n");
}

TEST(YamlRulesTest, a_word_that_is_wrong_or_missing) {
  EXPECT_EQ(with("event: customer.x", "event: customer"),
            "r.yaml:2:12: rule customer: an event type has two parts: event: "
            "customer.email_changed\n");
  EXPECT_EQ(with("  - event: customer.x\n    table", "  - table"),
            "r.yaml:2:5: event is missing\n");
  EXPECT_EQ(with("    table: t.account\n", ""),
            "r.yaml:2:12: rule customer.x: table is missing: a rule names the table whose changes "
            "it sees\n");
  EXPECT_EQ(
      with("table: t.account", "table: account"),
      "r.yaml:3:12: rule customer.x: name the table with its schema, table: public.account\n");
  EXPECT_EQ(with("    watchh: email\n"),
            "r.yaml:6:5: rule customer.x: watchh is not known; did you mean watch?\n");
  EXPECT_EQ(with("    op: upsert\n"),
            "r.yaml:6:9: rule customer.x: op is insert, update, delete, truncate or snapshot, not "
            "upsert\n");
  EXPECT_EQ(with("    op: [update, update]\n"),
            "r.yaml:6:18: rule customer.x: op names update twice\n");
  EXPECT_EQ(
      with("    op: insert\n    watch: email\n"),
      "r.yaml:7:12: rule customer.x: watch is about updates: add update to op, or leave watch "
      "out\n");
  EXPECT_EQ(with("    when: [a]\n"),
            "r.yaml:6:11: rule customer.x: when must be a text: a condition in SQL\n");
  EXPECT_EQ(with("    op: {}\n"),
            "r.yaml:6:9: rule customer.x: op must be a text or a list of texts\n");
}

TEST(YamlRulesTest, fields_that_are_wrong_or_missing) {
  EXPECT_EQ(
      with("[version, banner, jurisdiction, consent]", "[version, banner]"),
      "r.yaml:2:12: rule customer.x: field jurisdiction is missing: add it to fields, or a "
      "literal, {literal: EU, as: jurisdiction}\n"
      "r.yaml:2:12: rule customer.x: field consent is missing: add it to fields, or {literal: "
      "null, as: consent} (policy then withholds)\n");
  EXPECT_EQ(with("    key: id\n", ""),
            "r.yaml:2:12: rule customer.x: field account_id is missing: name its column, key: "
            "account_id\n");
  EXPECT_EQ(with("consent]", "consent, version]"),
            "r.yaml:5:54: rule customer.x: field version stands twice: give one of them another "
            "name, {column: old.version, as: previous_version}\n");
  EXPECT_EQ(with("consent]", "consent, {column: a, value: b}]"),
            "r.yaml:5:54: rule customer.x: a field has exactly one of column, value (an SQL "
            "expression) and literal\n");
  EXPECT_EQ(with("consent]", "consent, {literal: 1}]"),
            "r.yaml:5:54: rule customer.x: this field has no name: add as and a name\n");
  EXPECT_EQ(with("consent]", "consent, {column: a, name: b}]"),
            "r.yaml:5:66: rule customer.x: fields.name is not known; known here: as, column, "
            "description, literal, pii, value\n");
  EXPECT_EQ(
      with("consent]", "consent, {column: a, pii: E-Mail}]"),
      "r.yaml:5:71: rule customer.x: a PII tag is written pii: user.contact.email: lower-case "
      "words joined by dots\n");
  EXPECT_EQ(with("consent]", "consent, {column: a, description: PII}]"),
            "r.yaml:5:79: rule customer.x: a description that begins with pii would be taken for a "
            "tag: write pii: beside it\n");
  EXPECT_EQ(with("fields: [version, banner, jurisdiction, consent]", "fields: version"),
            "r.yaml:5:13: rule customer.x: fields must be a list: a column each, or {column: ..., "
            "as: ...}\n");
}

TEST(YamlRulesTest, a_name_that_postgresql_would_cut_off) {
  const std::string name(64, 'a');
  const std::string message = "a name has at most 63 bytes in PostgreSQL, this one has 64\n";
  EXPECT_EQ(with("    watch: " + name + "\n"), "r.yaml:6:12: rule customer.x: " + message);
  EXPECT_EQ(with("consent]", "consent, {literal: 1, as: " + name + "}]"),
            "r.yaml:5:54: rule customer.x: " + message);
  EXPECT_EQ(with("t.account", "t." + name), "r.yaml:3:12: rule customer.x: " + message);
}

TEST(YamlRulesTest, a_condition_of_bulk_is_read_as_when_is_and_its_mistakes_have_their_place) {
  EXPECT_THAT(with("    op: update\n    bulk: new.by = 'backfill' AND\n      new.a\n"),
              testing::EndsWith("COMMENT ON VIEW customer.x IS 'bulk: new.by = ''backfill'' AND "
                                "new.a';\n"));
  EXPECT_EQ(with("    bulk: [a]\n"),
            "r.yaml:6:11: rule customer.x: bulk must be a text: a condition in SQL\n");
  EXPECT_THAT(with("    bulk: new.a = lower(new.b)\n"), testing::StartsWith("r.yaml:6:19: "));
  EXPECT_THAT(with("    bulk: |\n      new.a = 'x'\n      AND email = 'y'\n"),
              testing::StartsWith("r.yaml:8:11: "));
  EXPECT_THAT(with("    bulk: true) OR (true\n"), testing::StartsWith("r.yaml:6:"));
  EXPECT_EQ(with("    bulk: context.banner = 'b'\n").substr(0, 11), "r.yaml:6:11");
  EXPECT_THAT(with("    bulk: new.a || 'x'\n"),
              testing::HasSubstr("rule customer.x: bulk takes a boolean, and this is text"));
  EXPECT_EQ(with("    description: 'Bulk: of loaders'\n"),
            "r.yaml:6:18: rule customer.x: a description that begins with bulk: would be taken for "
            "a condition: write bulk: beside it\n");
}

TEST(YamlRulesTest, a_mistake_in_sql_is_shown_where_it_is_written) {
  EXPECT_THAT(with("    when: new.a = lower(new.b)\n"),
              testing::StartsWith("r.yaml:6:19: rule customer.x: "));
  EXPECT_EQ(with("    when: \"new.é = 'x' AND email = 'y'\"\n"),
            "r.yaml:6:28: rule customer.x: a column is new.email or old.email, as in a trigger\n");
  EXPECT_EQ(with("    when: |\n      new.a = 'x'\n      AND email = 'y'\n"),
            "r.yaml:8:11: rule customer.x: a column is new.email or old.email, as in a trigger\n");
  EXPECT_EQ(with("    when: 'new.a = ''x'' AND email'\n"),
            "r.yaml:6:30: rule customer.x: a column is new.email or old.email, as in a trigger\n");
  EXPECT_EQ(with("    when: new.a =\n      AND new.b\n"),
            "r.yaml:7:7: rule customer.x: syntax error at or near \"AND\": this is not SQL as "
            "PostgreSQL 15 reads it\n");
  EXPECT_EQ(with("    when: new.a =\n"),
            "r.yaml:6:17: rule customer.x: syntax error at end of input: this is not SQL as "
            "PostgreSQL 15 reads it\n");
  EXPECT_EQ(with("    op: update\n    when: true) OR (true\n"),
            "r.yaml:7:15: rule customer.x: syntax error at or near \")\": this is not SQL as "
            "PostgreSQL 15 reads it\n");
  EXPECT_EQ(
      with("    when: new.a AS b\n"),
      "r.yaml:6:11: rule customer.x: one SQL expression is wanted here, without SELECT, FROM, "
      "AS or ;\n");
  EXPECT_EQ(
      with("    when: true; DELETE FROM t\n"),
      "r.yaml:6:11: rule customer.x: one SQL expression is wanted here, without SELECT, FROM, "
      "AS or ;\n");
  EXPECT_EQ(with("    when: new.a ^ 1 = new.b AND op = 'UPSERT'\n").substr(0, 11), "r.yaml:6:17");
}

}  // namespace
}  // namespace wakestream::mapping
