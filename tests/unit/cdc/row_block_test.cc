#include "cdc/snapshot/row_block.h"

#include <gtest/gtest.h>

#include "cdc/snapshot/row_key.h"

namespace wakestream::cdc {
namespace {

TEST(RowBlock, takes_the_values_of_a_line_of_copy_as_they_are) {
  RowBlock block(3);
  ASSERT_TRUE(block.add_copy_line("a\t\\N\t\n"));
  ASSERT_TRUE(block.add_copy_line("tab\\there\tline\\nend\\r\\b\\f\\v\tback\\\\slash \\\\N"));
  ASSERT_EQ(block.row_count(), 2U);
  EXPECT_EQ(block.at(0, 0).text, "a");
  EXPECT_EQ(block.at(0, 1).kind, Value::Kind::null);
  EXPECT_EQ(block.at(0, 2).kind, Value::Kind::text) << "an empty text is no NULL";
  EXPECT_EQ(block.at(0, 2).text, "");
  EXPECT_EQ(block.at(1, 0).text, "tab\there");
  EXPECT_EQ(block.at(1, 1).text, "line\nend\r\b\f\v");
  EXPECT_EQ(block.at(1, 2).text, "back\\slash \\N");
  EXPECT_EQ(block.row_bytes(0), 1U);
}

// Tests of what is no row follow: the block stays as it was.

TEST(RowBlock, refuses_another_number_of_columns_and_broken_escapes) {
  RowBlock block(2);
  ASSERT_TRUE(block.add_copy_line("a\tb"));
  for (const auto* line : {"a", "a\tb\tc", "", "a\tb\\", "a\t\\q", "\\x41\tb", "a\\N\tb"})
    EXPECT_FALSE(block.add_copy_line(line)) << line;
  EXPECT_EQ(block.row_count(), 1U);
  EXPECT_EQ(block.byte_count(), 2U);
}

// The number is part of event ids: it must never become another one.
// FNV-1a of 128 bits of "a" is D228CB696F1A8CAF78912B704E4A8964 (RFC 9923).
TEST(RowKey, is_fnv1a_and_tells_apart_where_values_begin) {
  const auto key = [](const std::vector<std::string_view>& values) {
    RowKeyHash hash;
    for (const auto value : values) hash.add(value);
    return hash.value();
  };
  EXPECT_EQ(key({"a", "bc"}), key({"a", "bc"}));
  EXPECT_NE(key({"a", "bc"}), key({"ab", "c"}));
  EXPECT_NE(key({"", "a"}), key({"a", ""}));
  EXPECT_EQ(key({"graph.account", "1"}), (RowKey{0x83d527e8b6e4bf49, 0x5d577d1f7b81e7e3}));
}

}  // namespace
}  // namespace wakestream::cdc
