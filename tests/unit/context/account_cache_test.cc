#include "context/account_cache.h"

#include <gtest/gtest.h>

namespace wakestream::context {
namespace {

AccountRecord of_banner(const std::string& banner) {
  AccountRecord record;
  record.context.at(mapping::ContextColumn::banner) = banner;
  return record;
}

TEST(AccountCacheTest, it_holds_records_and_that_an_account_does_not_exist) {
  AccountCache cache(1U << 20U);
  EXPECT_EQ(cache.find("a"), nullptr);
  cache.put("a", of_banner("x"));
  cache.put("b", std::nullopt);
  EXPECT_EQ(*cache.find("a"), of_banner("x"));
  ASSERT_NE(cache.find("b"), nullptr);
  EXPECT_FALSE(cache.find("b")->has_value());
}

TEST(AccountCacheTest, beyond_its_bytes_the_longest_unasked_goes) {
  AccountCache cache(0);
  cache.put("one", of_banner("x"));
  const auto entry = cache.byte_count();
  AccountCache small(3 * entry);
  for (const auto* id : {"one", "two", "six"}) small.put(id, of_banner("x"));
  EXPECT_NE(small.find("one"), nullptr);
  small.put("ten", of_banner("x"));
  EXPECT_EQ(small.find("two"), nullptr);
  EXPECT_NE(small.find("one"), nullptr);
  EXPECT_NE(small.find("ten"), nullptr);
  EXPECT_EQ(small.byte_count(), 3 * entry);
}

TEST(AccountCacheTest, a_newer_record_takes_the_place_of_the_older_one) {
  AccountCache cache(1U << 20U);
  cache.put("a", of_banner("x"));
  const auto before = cache.byte_count();
  cache.put("a", of_banner(std::string(100, 'y')));
  EXPECT_EQ(*cache.find("a"), of_banner(std::string(100, 'y')));
  EXPECT_GT(cache.byte_count(), before);
  cache.clear();
  EXPECT_EQ(cache.byte_count(), 0U);
}

}  // namespace
}  // namespace wakestream::context
