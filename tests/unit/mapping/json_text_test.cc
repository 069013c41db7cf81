// JSON as text, and arrays as JSON. What PostgreSQL writes is held by
// tests/integration/json_oracle_test.cc; here is what it never sends, and the edges.
#include "mapping/json_text.h"

#include <gtest/gtest.h>

#include <limits>

#include "mapping/json_value.h"

namespace wakestream::mapping {
namespace {

using Outcome = JsonFound::Outcome;

TEST(JsonTextTest, a_member_is_found_by_its_quoted_key_at_the_top_only) {
  const std::string_view text = R"({"a": {"b": 1}, "b": [1, 2], "q\"": null})";
  EXPECT_EQ(json_member(text, R"("b")").value, "[1, 2]");
  EXPECT_EQ(json_member(text, R"("q\"")").value, "null");
  EXPECT_EQ(json_member(text, R"("c")").outcome, Outcome::absent);
  EXPECT_EQ(json_member("[1]", R"("a")").outcome, Outcome::absent);
  EXPECT_EQ(json_member(R"({"a": )", R"("a")").outcome, Outcome::malformed);
}

TEST(JsonTextTest, an_item_counts_from_either_end_and_no_index_is_too_large) {
  const std::string_view text = R"([1, "two", [3]])";
  EXPECT_EQ(json_item(text, 0).value, "1");
  EXPECT_EQ(json_item(text, -1).value, "[3]");
  EXPECT_EQ(json_item(text, -3).value, "1");
  EXPECT_EQ(json_item(text, -4).outcome, Outcome::absent);
  EXPECT_EQ(json_item(text, std::numeric_limits<std::int64_t>::min()).outcome, Outcome::absent);
  EXPECT_EQ(json_item(text, std::numeric_limits<std::int64_t>::max()).outcome, Outcome::absent);
}

TEST(JsonTextTest, a_text_and_its_json_string_are_the_same) {
  const std::string text("\x00\x01\x1f \"\\/\b\f\n\r\t\x7f\xc3\xa9\xf0\x9f\x98\x80", 19);
  std::string quoted;
  append_json_string(text, quoted);
  EXPECT_TRUE(is_json(quoted));
  std::string back;
  EXPECT_TRUE(append_unquoted(quoted, back));
  EXPECT_EQ(back, text);
}

TEST(JsonTextTest, half_a_surrogate_pair_is_no_text) {
  std::string out;
  EXPECT_TRUE(append_unquoted(R"("\ud83d\ude00")", out));
  EXPECT_FALSE(append_unquoted(R"("\ud83d")", out));
  EXPECT_FALSE(append_unquoted(R"("\ude00")", out));
}

TEST(JsonTextTest, what_is_no_json_is_refused_however_deep) {
  for (const auto* text : {"", " ", "{", "[1,]", "{\"a\"}", "01", "1.", "+1", "nul", "\"\x01\"",
                           "\"\\x\"", "[1] 2", "{\"a\":1,}", "'a'"})
    EXPECT_FALSE(is_json(text)) << text;
  const std::string deep(100'000, '[');
  EXPECT_FALSE(is_json(deep));
  EXPECT_TRUE(is_json(deep + std::string(100'000, ']')));
}

std::string as_json(std::uint32_t oid, std::string_view text) {
  std::string out;
  return append_json(type_of_oid(oid), text, out) ? out : "refused";
}

TEST(JsonTextTest, a_number_that_json_does_not_have_is_refused) {
  constexpr std::uint32_t float8 = 701;
  EXPECT_EQ(as_json(float8, "1.5e-07"), "0.00000015");
  for (const auto* text : {"0e+20", "0.5e3", "-0.0e5", "007", "1e", "1e400000"})
    EXPECT_EQ(as_json(float8, text), "refused") << text;
  constexpr std::uint32_t int4 = 23;
  EXPECT_EQ(as_json(int4, "-0042"), "refused");
}

TEST(JsonTextTest, arrays_are_json_arrays_and_a_quoted_null_is_a_text) {
  constexpr std::uint32_t text_array = 1009;
  EXPECT_EQ(as_json(text_array, R"({a,"b \"c\" \\",NULL,"NULL",""})"),
            R"(["a","b \"c\" \\",null,"NULL",""])");
  EXPECT_EQ(as_json(text_array, "{{a,b},{c,NULL}}"), R"([["a","b"],["c",null]])");
  EXPECT_EQ(as_json(text_array, "[0:1]={a,b}"), R"(["a","b"])");
  EXPECT_EQ(as_json(text_array, "{}"), "[]");
  for (const auto* broken : {"", "a", "{a", "{a,}", "{,}", "{a}}", "{\"a}", "[0:1{a}", "{a}x"})
    EXPECT_EQ(as_json(text_array, broken), "refused") << broken;
  constexpr std::uint32_t integer_array = 1007;
  EXPECT_EQ(as_json(integer_array, "{1,-2,NULL}"), "[1,-2,null]");
  EXPECT_EQ(as_json(integer_array, "{1,x}"), "refused");
}

}  // namespace
}  // namespace wakestream::mapping
