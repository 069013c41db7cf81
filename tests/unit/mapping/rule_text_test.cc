// Rules printed, and read again: the same rules.
#include <gmock/gmock.h>

#include <fstream>

#include "mapping/rule.h"
#include "mapping/rule_as_sql.h"
#include "mapping/rule_as_yaml.h"
#include "tests/unit/mapping/mapping_fixture.h"

namespace wakestream::mapping::test {
namespace {

class RuleTextTest : public MappingTest {
 protected:
  static RuleSet read(const std::string& name, const std::string& text) {
    const std::vector<RuleSource> sources{{name, text}};
    auto set = RuleSet::parse(sources);
    if (set) return std::move(*set);
    for (const auto& error : set.error()) ADD_FAILURE() << to_string(error) << "\n" << text;
    std::abort();
  }

  static std::string as_sql(const RuleSet& set) {
    std::string text;
    for (const auto& rule : set.rules()) text += rule_as_sql(rule) + "\n";
    return text;
  }

  static std::vector<std::string> remarks(const RuleSet& set) {
    std::vector<std::string> all;
    for (const auto& rule : set.rules()) {
      all.push_back(rule.type + ": " + rule.description);
      for (const auto& field : rule.fields) {
        auto remark = rule.type + "." + field.name + ": " + field.description;
        for (const auto& tag : field.pii_tags) remark += " " + tag;
        all.push_back(std::move(remark));
      }
    }
    return all;
  }

  // Through both forms: the same events (that is what the hash says), remarks and text.
  static void expect_same_again(const std::string& sql) {
    const auto first = read("rules.sql", sql);
    const auto as_yaml = rules_as_yaml(first.rules());
    const auto from_yaml = read("printed.yaml", as_yaml);
    EXPECT_EQ(from_yaml.hash(), first.hash()) << as_yaml;
    EXPECT_EQ(remarks(from_yaml), remarks(first)) << as_yaml;
    EXPECT_EQ(rules_as_yaml(from_yaml.rules()), as_yaml);
    EXPECT_EQ(read("p.sql", as_sql(from_yaml)).hash(), first.hash()) << as_sql(from_yaml);
    const auto printed = as_sql(first);
    const auto second = read("printed.sql", printed);
    EXPECT_EQ(second.hash(), first.hash()) << printed;
    EXPECT_EQ(remarks(second), remarks(first));
    EXPECT_EQ(as_sql(second), printed);
  }
};

const std::string literals = "1 AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS consent";

TEST_F(RuleTextTest, the_reference_rules_come_out_as_they_went_in) {
  std::ifstream file(std::string(WAKESTREAM_SOURCE_DIR) + "/sql/rules/customer.sql");
  expect_same_again({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

TEST_F(RuleTextTest, a_condition_of_bulk_stands_in_the_view_s_comment_and_beside_when) {
  const auto rule =
      "CREATE VIEW customer.x AS SELECT new.account_id, " + literals + " FROM t.account";
  const auto of_view = [&rule](const std::string& comment) {
    return rule + "; COMMENT ON VIEW customer.x IS " + comment;
  };
  const auto read_one =
      read("r.sql", of_view("'bulk:  new.by  = ''it''''s''  -- whose\n AND true\n \n What "
                            "it''s about.\nMore.'"));
  EXPECT_EQ(read_one.rules()[0].bulk_sql, "new.by = 'it''s' AND true");
  EXPECT_EQ(read_one.rules()[0].description, "What it's about.\nMore.");
  EXPECT_THAT(rules_as_yaml(read_one.rules()),
              testing::HasSubstr("bulk: new.by = 'it''s' AND true\n"));
  EXPECT_THAT(as_sql(read_one),
              testing::HasSubstr("COMMENT ON VIEW customer.x IS 'bulk: new.by = "
                                 "''it''''s'' AND true\n\nWhat it''s about.\nMore.';"));
  EXPECT_NE(read_one.hash(), read("r.sql", rule).hash());
  for (const auto* comment :
       {"'bulk: new.by = 1'", "$a$bulk: new.by = 'a\n\nb'\n\n  What it's about.$a$",
        "E'bulk: new.by = \\'a\\''", "'bulk: op = ''DELETE'' AND old.a IS NULL\n\nWhat.'"})
    expect_same_again(of_view(comment));
}

TEST_F(RuleTextTest, sql_is_laid_out_in_one_way_and_its_comments_are_left_out) {
  EXPECT_EQ(as_sql(read("r.sql", "create view customer.x as select /* who */ new . account_id,\n" +
                                     literals +
                                     ", new.a\n  ||  'it''s' -- so\n as joined from t.account\n"
                                     "where op='UPDATE' and old.n between 1 and 5")),
            "CREATE VIEW customer.x AS\n"
            "SELECT new . account_id, 1 AS version, 'b' AS banner, 'EU' AS jurisdiction, NULL AS "
            "consent,\n"
            "       new.a || 'it''s' AS joined\n"
            "FROM   t.account\n"
            "WHERE  op='UPDATE' and old.n between 1 and 5;\n\n");
}

TEST_F(RuleTextTest, every_way_of_naming_a_field_is_kept) {
  expect_same_again("CREATE VIEW customer.x AS SELECT new.account_id, " + literals +
                    ", new.a b, (new.c) AS d, new.\"From\", op, new.e AS \"from\", (old.f)::text "
                    "\"as\", new.g IS NOT DISTINCT FROM old.g AS h FROM t.account;");
}

TEST_F(RuleTextTest, words_that_yaml_could_take_for_something_else) {
  expect_same_again("CREATE VIEW customer.x AS SELECT new.\"yes\" AS account_id, " + literals +
                    ", 'true' AS a, '1' AS \"2\", true AS c, -7 AS d, '' AS e, 'null' AS \"null\", "
                    "'x: y # z' AS f, '- g' AS g, new.\"old.h\" AS h, new.\"1e3\", 'line\nbreak' "
                    "AS i, '\\' AS j, 'é' AS \"é\" FROM t.account");
}

TEST_F(RuleTextTest, a_column_of_the_row_that_there_is) {
  const auto row = [](const std::string& column) {
    return "CASE WHEN op = 'DELETE' THEN old." + column + " ELSE new." + column + " END";
  };
  for (const auto* where : {"", " WHERE op IN ('DELETE', 'INSERT')", " WHERE op = 'DELETE'"})
    expect_same_again("CREATE VIEW customer.x AS SELECT " + row("id") + " AS account_id, " +
                      literals + ", " + row("email") + " AS email, old.a, new.b, " + row("c") +
                      " AS d FROM t.account" + where);
}

TEST_F(RuleTextTest, an_account_id_that_is_not_first_keeps_its_place) {
  expect_same_again("CREATE VIEW customer.x AS SELECT " + literals +
                    ", new.id AS account_id FROM t.account");
}

TEST_F(RuleTextTest, odd_names_keep_their_quotes) {
  expect_same_again(
      "CREATE VIEW \"user\".\"Odd one\" AS SELECT new.\"a \"\"b\"\"\" AS account_id, " + literals +
      " FROM \"order\".\"group\";\n"
      "COMMENT ON VIEW \"user\".\"Odd one\" IS 'It''s odd';");
}

TEST_F(RuleTextTest, conditions_of_every_shape) {
  const std::string rule =
      "CREATE VIEW customer.x AS SELECT new.account_id, " + literals + " FROM t.account ";
  for (const auto* condition :
       {"", "WHERE true", "WHERE (op = 'UPDATE') AND (old.a = 'x' AND new.b)",
        "WHERE op IN ('INSERT', 'UPDATE') OR old.a IS NULL",
        "WHERE op = 'UPDATE' AND (old.a <> new.a OR old.\"B\" <> new.\"B\") AND (new.c OR new.d)",
        "WHERE old.\"B\" IS DISTINCT FROM new.\"B\" OR new.c",
        "WHERE op = 'UPDATE' AND (old.a IS DISTINCT FROM new.a AND new.b) AND new.c",
        "WHERE (op = 'UPDATE' AND old.a IS DISTINCT FROM new.a) AND new.b",
        "WHERE op IN ('INSERT') AND new.n BETWEEN 1 AND 2 AND NOT new.b",
        "WHERE 'UPDATE' = op AND new.a = 'on'", "WHERE op NOT IN ('INSERT', 'UPDATE')",
        "WHERE CASE op WHEN 'DELETE' THEN old.b AND NOT old.c ELSE new.b END",
        "WHERE old.n BETWEEN -5 AND 7 AND new.t = $$dollars$$ AND new.u = E'\\n'"})
    expect_same_again(rule + condition);
}

TEST_F(RuleTextTest, a_comment_may_tag_on_its_first_line_and_describe_below) {
  const std::string sql =
      "CREATE VIEW customer.x AS SELECT new.account_id, " + literals +
      ", new.email FROM t.account;\n"
      "COMMENT ON COLUMN customer.x.email IS 'pii: user.contact.email, user.name\n"
      "Where we write to.';";
  expect_same_again(sql);
  const auto tagged = read("r.sql", sql);
  EXPECT_THAT(tagged.rules()[0].fields.back().pii_tags,
              testing::ElementsAre("user.contact.email", "user.name"));
  EXPECT_EQ(tagged.rules()[0].fields.back().description, "Where we write to.");
}

}  // namespace
}  // namespace wakestream::mapping::test
