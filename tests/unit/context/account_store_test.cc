// The store on disk.
#include "context/account_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "log/partition.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::context {
namespace {

AccountRecord of_banner(const std::string& banner) {
  AccountRecord record;
  record.context.at(mapping::ContextColumn::banner) = banner;
  return record;
}

class AccountStoreTest : public testing::Test {
 protected:
  std::unique_ptr<AccountStore> open(const std::string& identity = "p 1",
                                     std::int32_t partitions = 1) {
    auto store = AccountStore::open({file_, 1U << 20U}, identity, partitions);
    EXPECT_TRUE(store) << store.error();
    return store ? std::move(*store) : nullptr;
  }
  static void take(AccountStore& store, std::vector<AccountUpdate> updates,
                   std::vector<std::int64_t> positions) {
    const auto taken = store.take(updates, positions);
    ASSERT_TRUE(taken) << taken.error();
  }
  static std::string banner_of(AccountStore& store, std::string_view account) {
    const auto found = store.find(account);
    if (!found) return found.error();
    return *found == nullptr ? "-" : *(*found)->context.at(mapping::ContextColumn::banner);
  }

  log::contract::TemporaryFolder folder_;
  std::string file_ = folder_.path() + "/below/accounts";
};

TEST_F(AccountStoreTest, what_was_filled_is_there_again_with_its_positions) {
  {
    auto store = open();
    take(*store, {{0, "a", of_banner("old")}, {0, "b", of_banner("x")}}, {5});
    take(*store, {{0, "a", of_banner("new")}, {0, "b", std::nullopt}}, {7});
    ASSERT_TRUE(store->filled());
    EXPECT_EQ(banner_of(*store, "a"), "new");
    EXPECT_EQ(banner_of(*store, "b"), "-");
  }
  auto again = open();
  EXPECT_EQ(again->positions(), std::vector<std::int64_t>{7});
  EXPECT_EQ(banner_of(*again, "a"), "new");
  EXPECT_EQ(again->account_count(), 1U);
}

TEST_F(AccountStoreTest, a_file_that_was_not_filled_to_its_end_is_made_anew) {
  take(*open(), {{0, "a", of_banner("x")}}, {5});
  const auto again = open();
  EXPECT_EQ(again->positions(), std::vector<std::int64_t>{0});
}

TEST_F(AccountStoreTest, changes_after_the_fill_are_kept) {
  {
    auto store = open();
    ASSERT_TRUE(store->filled());
    take(*store, {{0, "a", of_banner("x")}}, {1});
    AccountLayer layer;
    layer.accounts.emplace("b", of_banner("y"));
    layer.accounts.emplace("a", std::nullopt);
    EXPECT_EQ(banner_of(*store, "a"), "x");
    ASSERT_TRUE(store->apply(layer));
    EXPECT_EQ(banner_of(*store, "a"), "-");
    EXPECT_EQ(banner_of(*store, "b"), "y");
  }
  auto again = open();
  EXPECT_EQ(banner_of(*again, "a"), "-");
  EXPECT_EQ(banner_of(*again, "b"), "y");
  EXPECT_EQ(again->positions(), std::vector<std::int64_t>{1});
}

TEST_F(AccountStoreTest, a_partition_that_is_emptied_leaves_the_others) {
  auto store = open("p", 2);
  // murmur2 puts these two apart.
  std::string first = "a";
  std::string second;
  for (char letter = 'b'; second.empty(); ++letter) {
    const std::string candidate(1, letter);
    take(*store, {}, {0, 0});
    if (log::partition_of(candidate, 2) != log::partition_of(first, 2)) second = candidate;
  }
  const auto number = log::partition_of(first, 2);
  take(*store, {{number, first, of_banner("x")}, {1 - number, second, of_banner("y")}}, {1, 1});
  take(*store, {{number, "", std::nullopt}}, {2, 2});
  ASSERT_TRUE(store->filled());
  EXPECT_EQ(banner_of(*store, first), "-");
  EXPECT_EQ(banner_of(*store, second), "y");
  AccountLayer everything;
  everything.every_account_gone = true;
  ASSERT_TRUE(store->apply(everything));
  EXPECT_EQ(banner_of(*store, second), "-");
}

TEST_F(AccountStoreTest, another_topic_or_other_partitions_begin_anew) {
  {
    auto store = open();
    take(*store, {{0, "a", of_banner("x")}}, {5});
    ASSERT_TRUE(store->filled());
  }
  EXPECT_EQ(open("other")->positions(), std::vector<std::int64_t>{0});
  {
    auto store = open();
    take(*store, {{0, "a", of_banner("x")}}, {5});
    ASSERT_TRUE(store->filled());
  }
  EXPECT_EQ(open("p 1", 2)->positions(), (std::vector<std::int64_t>{0, 0}));
}

TEST_F(AccountStoreTest, a_damaged_file_is_made_anew) {
  {
    auto store = open();
    ASSERT_TRUE(store->filled());
  }
  {
    std::ofstream(file_, std::ios::binary | std::ios::trunc) << "this is no database at all";
  }
  auto store = open();
  ASSERT_NE(store, nullptr);
  take(*store, {{0, "a", of_banner("x")}}, {1});
  ASSERT_TRUE(store->filled());
  EXPECT_EQ(banner_of(*store, "a"), "x");
}

TEST_F(AccountStoreTest, a_second_instance_takes_a_file_of_its_own) {
  const auto first = open();
  const auto second = open();
  EXPECT_EQ(first->file(), file_);
  EXPECT_EQ(second->file(), file_ + ".1");
}

// The figures at 10,000,000 are bench/context_bench.cc's.
TEST_F(AccountStoreTest, memory_does_not_grow_with_the_accounts) {
  constexpr std::int64_t accounts = 200'000;
  sqlite3_memory_highwater(1);
  auto store = open();
  std::vector<AccountUpdate> batch;
  for (std::int64_t number = 1; number <= accounts; ++number) {
    const auto scattered = static_cast<std::uint64_t>(number) * 0x9E3779B97F4A7C15ULL;
    batch.push_back({0, std::to_string(scattered), of_banner(std::string(80, 'b'))});
    if (number % 2'000 == 0) take(*store, std::exchange(batch, {}), {number});
  }
  ASSERT_TRUE(store->filled());
  EXPECT_EQ(store->account_count(), static_cast<std::uint64_t>(accounts));
  EXPECT_GT(std::filesystem::file_size(file_), std::uintmax_t{16} << 20U);
  EXPECT_LT(sqlite3_memory_highwater(0), std::int64_t{4} << 20U) << "of a store with 1 MiB";
}

TEST_F(AccountStoreTest, what_is_forgotten_is_read_from_the_beginning) {
  auto store = open();
  take(*store, {{0, "a", of_banner("x")}}, {5});
  ASSERT_TRUE(store->filled());
  ASSERT_TRUE(store->forget());
  EXPECT_EQ(store->positions(), std::vector<std::int64_t>{0});
  take(*store, {{0, "b", of_banner("y")}}, {1});
  ASSERT_TRUE(store->filled());
  EXPECT_EQ(banner_of(*store, "a"), "-");
  EXPECT_EQ(banner_of(*store, "b"), "y");
}

}  // namespace
}  // namespace wakestream::context
