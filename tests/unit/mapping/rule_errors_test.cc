// Every error that rules can have when they are loaded, and when they meet their tables: golden, in
// rule_errors.golden, with file, line, column and what to do.
#include <gmock/gmock.h>

#include <array>
#include <set>

#include "tests/support/golden_cases.h"
#include "tests/unit/mapping/mapping_fixture.h"
#include "tests/unit/mapping/source_messages.h"

namespace wakestream::mapping::test {
namespace {

using wakestream::test::expect_golden;
using wakestream::test::read_golden_cases;

constexpr std::string_view golden_file = "tests/unit/mapping/rule_errors.golden";

// t.account with the usual key, t.full with the whole old row, t.part whose deletes are not
// published.
std::vector<TableShape> tables() {
  const std::vector<cdc::Column> columns{
      {"id", oid::int8, -1, true},         {"account_id", oid::text, -1, false},
      {"i2", oid::int2, -1, false},        {"i4", oid::int4, -1, false},
      {"i8", oid::int8, -1, false},        {"b", oid::boolean, -1, false},
      {"n", oid::numeric, -1, false},      {"d", oid::date, -1, false},
      {"tz", oid::timestamptz, -1, false}, {"doc", oid::jsonb, -1, false},
      {"plain", oid::json, -1, false},     {"period", 1186, -1, false},
      {"address", 869, -1, false},         {"mood", oid::an_enum, -1, false},
      {"email", oid::text, -1, false}};
  std::vector<TableShape> shapes(3);
  const std::array<std::string, 3> names{"account", "full", "part"};
  for (std::size_t at = 0; at < shapes.size(); ++at) {
    shapes[at].publication = "wakestream";
    shapes[at].relation = {static_cast<std::uint32_t>(at + 1),
                           "t",
                           names[at],
                           at == 0 ? cdc::ReplicaIdentity::standard : cdc::ReplicaIdentity::full,
                           columns,
                           1};
  }
  shapes[2].published[static_cast<std::size_t>(cdc::Operation::remove)] = false;
  return shapes;
}

// {id} in a case stands for the fields that an event must have.
std::string expanded(std::string sql) {
  constexpr std::string_view mark = "{id}";
  const std::string fields = "'7' AS account_id, " + usual_literals;
  for (auto at = sql.find(mark); at != std::string::npos; at = sql.find(mark))
    sql.replace(at, mark.size(), fields);
  return sql;
}

std::string errors_as_text(const std::string& sql) {
  const std::vector<RuleSource> sources{{"rules.sql", expanded(sql)}};
  const auto set = RuleSet::parse(sources);
  const auto errors = set ? check_rules(*set, tables()) : set.error();
  std::string text;
  for (const auto& error : errors) text += to_string(error) + "\n";
  return text;
}

TEST(RuleErrorsTest, every_wrong_rule_has_its_error_with_place_and_advice) {
  ASSERT_GT(read_golden_cases(golden_file).size(), 100U);
  expect_golden(golden_file, errors_as_text);
}

TEST(RuleErrorsTest, every_error_names_file_line_and_column) {
  for (const auto& one : read_golden_cases(golden_file)) {
    EXPECT_NE(one.expected, "") << one.given;
    EXPECT_THAT(one.expected, testing::ContainsRegex("rules.sql:[0-9]+:[0-9]+: ")) << one.given;
  }
}

// Messages that no rule file can raise, with the reason.
const std::set<std::string_view> out_of_reach{
    // What libpg_query never gives: a guard, should it change.
    "the parser's answer cannot be read", "an expression is missing here",
    "a field is an expression with a name", "the view has no name",
    "this expression has no meaning in a rule", "a list of values is wanted here: IN ('a', 'b')",
    "a rule is CREATE VIEW ... AS SELECT ... FROM a table",
    // Types that have become one convert into it.
    "{} does not become {} by itself: write the cast",
    // Advice for rules in YAML: yaml_rules_test.cc.
    "name its column, key: account_id",
    "add it to fields, or {literal: null, as: version} if the table has none",
    "add it to fields, or a literal, {literal: banner-a, as: banner}",
    "add it to fields, or a literal, {literal: EU, as: jurisdiction}",
    "add it to fields, or {literal: null, as: consent} (policy then withholds)",
    // More rules than a test would like to parse.
    "there are more than {} rules",
    // Below: what is wrong with a file as a whole.
    "the rule file cannot be read: {}", "the file has {} bytes, at most {} are read: split it",
    "this is not UTF-8 text: save the file as UTF-8"};

TEST(RuleErrorsTest, a_file_that_cannot_be_read_is_named) {
  const std::vector<std::string> paths{"no/such/rules.sql"};
  const auto rules = RuleSet::load(paths);
  ASSERT_FALSE(rules);
  EXPECT_EQ(to_string(rules.error()[0]),
            "no/such/rules.sql: the rule file cannot be read: No such file or directory");
}

TEST(RuleErrorsTest, a_file_that_is_too_large_or_no_utf8_is_refused_before_it_is_parsed) {
  constexpr std::size_t too_large = (1U << 20U) + 1;
  EXPECT_EQ(errors_as_text(std::string(too_large, ' ')),
            "rules.sql:1:1: the file has 1048577 bytes, at most 1048576 are read: split it\n");
  EXPECT_EQ(errors_as_text("SELECT\n 'a\xff'"),
            "rules.sql:2:4: this is not UTF-8 text: save the file as UTF-8\n");
}

TEST(RuleErrorsTest, every_message_in_the_sources_has_a_case) {
  std::string all;
  for (const auto& one : read_golden_cases(golden_file)) all += one.expected;
  std::size_t seen = 0;
  for (const auto& message : messages_of_sources()) {
    if (out_of_reach.contains(message)) continue;
    ++seen;
    EXPECT_TRUE(holds_message(all, message)) << "no case in rule_errors.golden for: " << message;
  }
  EXPECT_GT(seen, 80U);
}

}  // namespace
}  // namespace wakestream::mapping::test
