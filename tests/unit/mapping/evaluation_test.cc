// What an expression gives for a row: where PostgreSQL's own way is not the first that comes to
// mind. tests/integration/expression_oracle_test.cc holds all of it against real servers.
#include "mapping/evaluation.h"

#include <gmock/gmock.h>

#include "tests/unit/mapping/mapping_fixture.h"

namespace wakestream::mapping::test {
namespace {

using testing::SizeIs;

class EvaluationTest : public MappingTest {
 protected:
  void SetUp() override {
    table({{"i4", oid::int4, -1, false},
           {"i8", oid::int8, -1, false},
           {"t", oid::text, -1, false},
           {"c", oid::bpchar, 10, false},
           {"v", oid::varchar, 24, false}});
  }

  std::string quarantine_reason() const {
    return recorder.quarantined.empty() ? "none" : recorder.quarantined.back().reason;
  }
};

TEST_F(EvaluationTest, trailing_blanks_do_not_count_between_character_and_varchar_but_before_text) {
  const Row row{"1", "1", "b  ", "b     ", "b  "};
  rule_for("new.c = new.v");
  ASSERT_TRUE(insert(row));
  EXPECT_EQ(last_x(), "true");
  rule_for("new.c = new.t");
  ASSERT_TRUE(insert(row));
  EXPECT_EQ(last_x(), "false");
  rule_for("new.v = new.t");
  ASSERT_TRUE(insert(row));
  EXPECT_EQ(last_x(), "true");
}

TEST_F(EvaluationTest, a_narrow_cast_is_checked_although_a_wider_one_follows) {
  rule_for("COALESCE(new.i4::smallint, new.i8)");
  ASSERT_TRUE(insert({"40000", "1", null, null, null}));
  EXPECT_EQ(quarantine_reason(), sentence_of(Problem::out_of_range));
  rule_for("new.t::smallint::bigint");
  ASSERT_TRUE(insert({"1", "1", "40000", null, null}));
  EXPECT_EQ(quarantine_reason(), sentence_of(Problem::out_of_range));
}

TEST_F(EvaluationTest, an_error_is_raised_beside_a_null_of_the_row_and_not_beside_a_written_null) {
  rule_for("new.t::integer = old.i4");
  ASSERT_TRUE(insert({"1", "1", "none", null, null}));
  EXPECT_EQ(quarantine_reason(), sentence_of(Problem::not_an_integer));
  rule_for("new.t::integer = NULL::integer");
  ASSERT_TRUE(insert({"1", "1", "none", null, null}));
  EXPECT_EQ(last_x(), "null");
}

TEST_F(EvaluationTest, and_raises_what_stands_before_its_false) {
  rule_for("new.t::integer = 1 AND op = 'DELETE'");
  ASSERT_TRUE(insert({"1", "1", "none", null, null}));
  EXPECT_THAT(recorder.quarantined, SizeIs(1));
  rule_for("op = 'DELETE' AND new.t::integer = 1");
  ASSERT_TRUE(insert({"1", "1", "none", null, null}));
  EXPECT_EQ(last_x(), "false");
}

TEST_F(EvaluationTest, in_where_a_part_that_cannot_be_true_raises_nothing) {
  rule_for("1", "new.t::integer = 1 AND op = 'DELETE' OR op = 'INSERT' AND new.i4 = 1");
  ASSERT_TRUE(insert({"1", "1", "none", null, null}));
  EXPECT_THAT(recorder.quarantined, SizeIs(0));
  EXPECT_THAT(recorder.events, SizeIs(1));
}

TEST_F(EvaluationTest, in_looks_at_several_constants_first_and_at_one_in_its_place) {
  rule_for("new.i4 IN (new.t::integer, 1)");
  ASSERT_TRUE(insert({"1", "1", "none", null, null}));
  EXPECT_EQ(quarantine_reason(), sentence_of(Problem::not_an_integer));
  rule_for("new.i4 IN (new.t::integer, 1, 2)");
  ASSERT_TRUE(insert({"1", "1", "none", null, null}));
  EXPECT_EQ(last_x(), "true");
}

TEST_F(EvaluationTest, a_text_that_is_made_has_a_limit) {
  const auto reason_of = [&](const std::string& expression, const std::string& text) {
    recorder.quarantined.clear();
    rule_for(expression);
    EXPECT_TRUE(insert({"1", "1", text, null, null}));
    return quarantine_reason();
  };
  const std::string half(made_text_bytes_max / 2, 'a');
  const auto too_long = sentence_of(Problem::text_too_long);
  EXPECT_EQ(reason_of("repeat(new.t, 2)", half), "none");
  EXPECT_EQ(reason_of("repeat(new.t, 3)", half), too_long);
  EXPECT_EQ(reason_of("lpad(new.t, 1048576)", half), "none");
  EXPECT_EQ(reason_of("lpad(new.t, 1048577)", half), too_long);
  EXPECT_EQ(reason_of("rpad(new.t, 700000, 'é')", half), "none");
  EXPECT_EQ(reason_of("rpad(new.t, 1000000, 'é')", half), too_long);
  EXPECT_EQ(reason_of("replace(new.t, 'a', 'bb')", half), "none");
  EXPECT_EQ(reason_of("replace(new.t, 'a', 'bbb')", half), too_long);
  // What is given may be longer.
  const std::string longer(made_text_bytes_max + 1, 'a');
  EXPECT_EQ(reason_of("replace(new.t, 'a', 'b')", longer), "none");
  EXPECT_EQ(reason_of("rpad(new.t, 2)", longer), "none");
}

}  // namespace
}  // namespace wakestream::mapping::test
