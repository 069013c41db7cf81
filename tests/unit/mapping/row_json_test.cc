#include "mapping/row_json.h"

#include <gtest/gtest.h>

#include "mapping/row_json_reader.h"

namespace wakestream::mapping {
namespace {

using cdc::Value;

cdc::Relation account() {
  cdc::Relation relation;
  relation.schema = "graph";
  relation.name = "account";
  for (const auto* name : {"id", "email", "bio", "odd \"name\""})
    relation.columns.push_back({name, 25, -1, false});
  return relation;
}

std::string json_of(const cdc::RowChange& change) {
  std::string json;
  append_row_json(change, json);
  return json;
}

class KeptRows : public testing::Test {
 protected:
  const cdc::Relation relation = account();
  const std::vector<Value> before = {Value::of("1"), Value::null(), Value::not_sent(),
                                     Value::of("\n\"\\")};
  // Bytes that are no UTF-8, a zero byte, and the empty text, which is not NULL.
  const std::vector<Value> after = {Value::of("1"), Value::of("\xff\xfe"),
                                    Value::of(std::string_view("a\0b", 3)), Value::of("")};
  cdc::RowChange change{cdc::Operation::update, &relation, cdc::OldRow::full, before, after, 3, {}};
};

TEST_F(KeptRows, come_back_with_every_value_null_and_value_that_was_not_sent) {
  const auto read = read_row_json(json_of(change), relation);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->change.operation, cdc::Operation::update);
  EXPECT_EQ(read->change.old_row, cdc::OldRow::full);
  EXPECT_EQ(json_of(read->change), json_of(change));
  EXPECT_EQ(read->change.before[2].kind, Value::Kind::not_sent);
  EXPECT_EQ(read->change.before[1].kind, Value::Kind::null);
  EXPECT_EQ(read->change.after[1].text, "\xff\xfe");
  EXPECT_EQ(read->change.after[3].kind, Value::Kind::text);
}

TEST_F(KeptRows, of_an_insert_have_no_row_before) {
  change = {cdc::Operation::insert, &relation, cdc::OldRow::absent, {}, after, 1, {}};
  const auto read = read_row_json(json_of(change), relation);
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(read->change.before.empty());
  EXPECT_EQ(read->change.old_row, cdc::OldRow::absent);
}

TEST_F(KeptRows, are_read_for_the_table_as_it_is_now) {
  auto now = relation;
  now.columns.erase(now.columns.begin() + 1);
  now.columns.push_back({"tier", 25, -1, false});
  const auto read = read_row_json(json_of(change), now);
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->change.after.size(), 4U);
  EXPECT_EQ(read->change.after[1].text.size(), 3U) << "bio";
  EXPECT_EQ(read->change.after[3].kind, Value::Kind::not_sent) << "tier did not exist then";
}

TEST_F(KeptRows, of_another_form_are_an_error_without_values) {
  for (const auto* json :
       {"", "[]", "{}", R"({"op":"MERGE","old_row":"full","before":null,"after":null})",
        R"({"op":"UPDATE","old_row":"full","before":null})",
        R"({"op":"UPDATE","old_row":"full","before":null,"after":{"id":1}})",
        R"({"op":"UPDATE","old_row":"full","before":null,"after":{"id":{"hex":"f"}}})",
        R"({"op":"UPDATE","old_row":"full","before":null,"after":{"id":{"hex":"zz"}}})"}) {
    const auto read = read_row_json(json, relation);
    ASSERT_FALSE(read) << json;
    EXPECT_EQ(read.error().rfind("the kept row is not", 0), 0U) << read.error();
  }
}

}  // namespace
}  // namespace wakestream::mapping
