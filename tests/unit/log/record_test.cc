#include "log/record.h"

#include <gtest/gtest.h>

#include <string>

namespace wakestream::log {

using namespace std::string_literals;

TEST(Headers, what_was_packed_is_taken_in_order) {
  std::string packed;
  HeaderWriter writer(packed);
  writer.add("ce_id", "1");
  writer.add("", "of no name");
  writer.add("zero", "a\0b"s);
  writer.add("ce_id", "");
  HeaderReader reader(packed);
  std::string_view name;
  std::string_view value;
  ASSERT_TRUE(reader.take(name, value));
  EXPECT_EQ(name, "ce_id");
  EXPECT_EQ(value, "1");
  ASSERT_TRUE(reader.take(name, value));
  EXPECT_EQ(name, "");
  EXPECT_EQ(value, "of no name");
  ASSERT_TRUE(reader.take(name, value));
  EXPECT_EQ(name, "zero");
  EXPECT_EQ(value, "a\0b"s);
  ASSERT_TRUE(reader.take(name, value));
  EXPECT_EQ(name, "ce_id");
  EXPECT_EQ(value, "");
  EXPECT_FALSE(reader.take(name, value));
}

TEST(Headers, nothing_packed_is_no_header) {
  HeaderReader reader({});
  std::string_view name;
  std::string_view value;
  EXPECT_FALSE(reader.take(name, value));
}

TEST(Headers, a_value_may_be_longer_than_a_name_may) {
  const std::string long_value(100'000, 'v');
  std::string packed;
  HeaderWriter(packed).add("long", long_value);
  HeaderReader reader(packed);
  std::string_view name;
  std::string_view value;
  ASSERT_TRUE(reader.take(name, value));
  EXPECT_EQ(value, long_value);
}

}  // namespace wakestream::log
