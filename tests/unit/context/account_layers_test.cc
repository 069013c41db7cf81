// The context as of a change, above what the log has.
#include "context/account_layers.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/context/of_banner.h"

namespace wakestream::context {
namespace {

class MemoryBase final : public AccountBase {
 public:
  tl::expected<const AccountRecord*, std::string> find(std::string_view account_id) override {
    if (!problem.empty()) return tl::unexpected(problem);
    const auto found = accounts.find(std::string(account_id));
    return found == accounts.end() ? nullptr : &found->second;
  }
  tl::expected<void, std::string> apply(const AccountLayer& layer) override {
    if (layer.every_account_gone) accounts.clear();
    for (const auto& [id, record] : layer.accounts) {
      accounts.erase(id);
      if (record) accounts.emplace(id, *record);
    }
    return {};
  }

  std::map<std::string, AccountRecord> accounts;
  std::string problem;
};

class AccountLayersTest : public testing::Test {
 protected:
  std::string banner_of(std::string_view account) {
    const auto* found = layers_.find(account);
    return found == nullptr ? "-" : *found->at(mapping::ContextColumn::banner);
  }

  MemoryBase base_;
  AccountLayers layers_{base_};
};

TEST_F(AccountLayersTest, a_change_counts_from_its_row_on) {
  base_.accounts.emplace("a", of_banner("old"));
  EXPECT_EQ(banner_of("a"), "old");
  EXPECT_TRUE(layers_.put("a", of_banner("new")));
  EXPECT_EQ(banner_of("a"), "new");
  EXPECT_EQ(base_.accounts.at("a"), of_banner("old"));
}

TEST_F(AccountLayersTest, what_is_known_already_is_no_change) {
  base_.accounts.emplace("a", of_banner("x"));
  auto same = of_banner("x");
  same.as_of = cdc::Lsn{7};
  EXPECT_FALSE(layers_.put("a", same));
  EXPECT_FALSE(layers_.remove("b"));
  EXPECT_TRUE(layers_.remove("a"));
  EXPECT_FALSE(layers_.remove("a"));
  EXPECT_TRUE(layers_.put("a", of_banner("x")));
}

TEST_F(AccountLayersTest, each_layer_covers_those_below_until_it_is_in_the_base) {
  layers_.put("a", of_banner("1"));
  layers_.seal();
  layers_.send_sealed();
  layers_.put("a", of_banner("2"));
  layers_.seal();
  layers_.put("a", of_banner("3"));
  EXPECT_EQ(banner_of("a"), "3");
  layers_.release();
  EXPECT_EQ(base_.accounts.at("a"), of_banner("1"));
  EXPECT_EQ(banner_of("a"), "3");
  layers_.seal();
  layers_.send_sealed();
  layers_.release();
  EXPECT_EQ(base_.accounts.at("a"), of_banner("3"));
}

TEST_F(AccountLayersTest, what_is_dropped_was_never_there) {
  base_.accounts.emplace("a", of_banner("base"));
  layers_.put("a", of_banner("1"));
  layers_.seal();
  layers_.send_sealed();
  layers_.remove("a");
  layers_.drop();
  EXPECT_EQ(banner_of("a"), "base");
  layers_.release();
  EXPECT_EQ(banner_of("a"), "base");
}

TEST_F(AccountLayersTest, a_truncate_hides_everything_before_it_and_nothing_behind) {
  base_.accounts.emplace("a", of_banner("base"));
  layers_.put("b", of_banner("sealed"));
  layers_.seal();
  layers_.remove_every();
  layers_.put("c", of_banner("after"));
  EXPECT_EQ(banner_of("a"), "-");
  EXPECT_EQ(banner_of("b"), "-");
  EXPECT_EQ(banner_of("c"), "after");
  layers_.seal();
  EXPECT_EQ(banner_of("a"), "-");
  layers_.send_sealed();
  layers_.release();
  EXPECT_EQ(base_.accounts.size(), 1U);
  EXPECT_EQ(banner_of("c"), "after");
}

TEST_F(AccountLayersTest, a_deleted_account_is_known_to_the_end_of_its_transaction) {
  base_.accounts.emplace("a", of_banner("x"));
  EXPECT_TRUE(layers_.remove("a"));
  EXPECT_EQ(banner_of("a"), "x");
  EXPECT_EQ(layers_.record("a"), nullptr);
  layers_.send_open();
  EXPECT_EQ(banner_of("a"), "x");
  // Written again, though it says the same.
  EXPECT_TRUE(layers_.put("a", of_banner("x")));
  EXPECT_TRUE(layers_.remove("a"));
  layers_.seal();
  EXPECT_EQ(banner_of("a"), "-");
}

TEST_F(AccountLayersTest, a_base_that_fails_is_told_once) {
  base_.problem = "the disk is gone";
  EXPECT_EQ(layers_.find("a"), nullptr);
  EXPECT_EQ(layers_.take_failure(), "the disk is gone");
  EXPECT_EQ(layers_.take_failure(), "");
}

}  // namespace
}  // namespace wakestream::context
