// JSON as PostgreSQL's own to_jsonb writes it: values of every type, edge cases and generated ones,
// each in the text form that replication sends.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>

#include "mapping/json_text.h"
#include "mapping/json_value.h"
#include "tests/integration/oracle/changes.h"
#include "tests/integration/oracle/servers.h"
#include "tests/integration/oracle/values.h"

namespace wakestream::test::oracle {
namespace {

constexpr std::size_t generated_count = 60;

class JsonOracleTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    connection.emplace(server_of(GetParam()).conninfo());
    connection->rows(pinned_settings);
  }

  // `theirs` is what PostgreSQL makes of x. Without `exact`, white space and the order of keys may
  // differ: PostgreSQL then reads ours as the same jsonb.
  void compare(const TypedValues& given, const std::string& theirs, bool exact) {
    std::string list;
    for (const auto& value : given.values)
      list += fmt::format("{}({})", list.empty() ? "" : ",", value);
    const auto& type = mapping::type_of_oid(static_cast<std::uint32_t>(
        std::stoul(*connection->rows(fmt::format("SELECT '{}'::regtype::oid", given.type))[0][0])));
    std::string again;
    for (const auto& row :
         connection->rows(fmt::format("SELECT x, {}::text FROM (VALUES {}) v(x)", theirs, list))) {
      std::string ours;
      ASSERT_TRUE(mapping::append_json(type, *row[0], ours)) << given.type << " " << *row[0];
      ++compared;
      if (exact) {
        ASSERT_EQ(ours, *row[1]) << given.type << " " << *row[0];
        continue;
      }
      std::string compact;
      mapping::append_compact(ours, compact);
      ASSERT_TRUE(ours == compact || given.type == "jsonb[]") << ours << " has white space";
      again += fmt::format("{}($v${}$v$, $v${}$v$)", again.empty() ? "" : ",", ours, *row[1]);
    }
    if (again.empty()) return;
    for (const auto& row :
         connection->rows(fmt::format("SELECT ours, theirs FROM (VALUES {}) v(ours, theirs) WHERE "
                                      "ours::jsonb::text <> theirs LIMIT 5",
                                      again)))
      ADD_FAILURE() << given.type << "\n  ours   " << *row[0] << "\n  theirs " << *row[1];
  }

  std::optional<PostgresConnection> connection;
  std::size_t compared = 0;
};

TEST_P(JsonOracleTest, every_type_is_written_as_to_jsonb_writes_it) {
  Random random(20261125);
  for (const auto& given : typed_values(random, generated_count)) {
    const bool array = given.type.ends_with("[]");
    // jsonb reaches us as it is printed, an array inside of one does not.
    compare(given, "to_jsonb(x)", !array && given.type != "json");
  }
  EXPECT_GT(compared, generated_count * 20);
}

TEST_P(JsonOracleTest, a_type_that_is_not_known_is_a_string_with_its_text_form) {
  connection->rows(
      "CREATE TYPE mood AS ENUM ('sad', 'so \"so\"'); CREATE DOMAIN age AS integer;"
      "CREATE TYPE pair AS (a int, b text)");
  for (const auto& given :
       std::vector<TypedValues>{{"mood", {"'sad'::mood", "'so \"so\"'::mood"}},
                                {"age", {"7::age"}},
                                {"pair", {"ROW(1, 'a \"b\" \\ c')::pair"}},
                                {"int4range", {"'[1,5)'::int4range", "'empty'::int4range"}},
                                {"point", {"'(1,2.5)'::point"}},
                                {"tsvector", {"'a b:1'::tsvector"}},
                                {"bit varying", {"B'101'::bit varying"}}})
    compare(given, "to_jsonb(x::text)", true);
}

INSTANTIATE_TEST_SUITE_P(PostgreSQL, JsonOracleTest, testing::Values(15, 18),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace wakestream::test::oracle
