// The store follows the log's topic, and is rebuilt from it.
#include "context/catch_up.h"

#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "log/partition.h"
#include "tests/contract/temporary_folder.h"
#include "tests/unit/context/of_banner.h"

namespace wakestream::context {
namespace {

constexpr auto topic = "wakestream.p.context";
constexpr std::int32_t partitions = 2;

class CatchUpTest : public testing::Test {
 protected:
  void SetUp() override { open_log("log"); }

  void open_log(const std::string& name) {
    writer_.reset();
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/" + name;
    log_ = std::move(*log::embedded::open_embedded_log(options));
    const std::vector<log::TopicSpec> specs{{topic, "capture", partitions, log::Cleanup::compact}};
    ASSERT_TRUE(log_->ensure_topics(specs, true, log::Milliseconds{5'000}));
    log::WriterOptions writer;
    writer.name = "capture";
    writer_ = std::move(*log_->open_writer(writer));
  }

  // One transaction; the empty text: a tombstone.
  void write(const std::vector<std::pair<std::string, std::string>>& accounts) {
    ASSERT_TRUE(writer_->begin());
    for (const auto& [account, banner] : accounts) {
      const auto value = banner.empty() ? std::string() : encode_account(of_banner(banner));
      log::Record record;
      record.topic = topic;
      record.partition = log::partition_of(account, partitions);
      record.key = account;
      record.value = value;
      record.tombstone = banner.empty();
      ASSERT_TRUE(writer_->produce(record));
    }
    ASSERT_TRUE(writer_->commit({}));
  }
  void write_every_account_gone() {
    ASSERT_TRUE(writer_->begin());
    for (std::int32_t number = 0; number < partitions; ++number) {
      const auto value = encode_every_account_gone({});
      log::Record record;
      record.topic = topic;
      record.partition = number;
      record.value = value;
      ASSERT_TRUE(writer_->produce(record));
    }
    ASSERT_TRUE(writer_->commit({}));
  }

  void open_store() {
    store_.reset();
    auto store = AccountStore::open({folder_.path() + "/accounts", 1U << 20U}, "p", partitions);
    ASSERT_TRUE(store) << store.error();
    store_ = std::move(*store);
  }
  void follow() {
    const auto done =
        catch_up(*log_, topic, *store_, log::Milliseconds{5'000}, [] { return true; });
    ASSERT_TRUE(done) << done.error().message;
  }
  std::string banner_of(std::string_view account) {
    const auto found = store_->find(account);
    if (!found) return found.error();
    return *found == nullptr ? "-" : *(*found)->context.at(mapping::ContextColumn::banner);
  }

  log::contract::TemporaryFolder folder_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<AccountStore> store_;
};

TEST_F(CatchUpTest, an_empty_topic_is_caught_up_with_at_once) {
  open_store();
  follow();
  EXPECT_EQ(banner_of("a"), "-");
}

TEST_F(CatchUpTest, it_goes_on_from_where_it_was) {
  write({{"a", "1"}, {"b", "1"}, {"c", "1"}});
  open_store();
  follow();
  EXPECT_EQ(banner_of("b"), "1");
  write({{"a", "2"}, {"b", ""}});
  open_store();
  follow();
  EXPECT_EQ(banner_of("a"), "2");
  EXPECT_EQ(banner_of("b"), "-");
  EXPECT_EQ(banner_of("c"), "1");
}

TEST_F(CatchUpTest, a_lost_store_is_rebuilt_from_the_topic) {
  write({{"a", "1"}, {"b", "1"}});
  write({{"a", "2"}});
  open_store();
  follow();
  store_.reset();
  std::filesystem::remove(folder_.path() + "/accounts");
  open_store();
  follow();
  EXPECT_EQ(banner_of("a"), "2");
  EXPECT_EQ(store_->account_count(), 2U);
}

TEST_F(CatchUpTest, what_stood_before_every_account_was_gone_does_not_come_back) {
  write({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
  write_every_account_gone();
  write({{"b", "2"}});
  open_store();
  follow();
  EXPECT_EQ(store_->account_count(), 1U);
  EXPECT_EQ(banner_of("b"), "2");
}

// What the stream applied beyond the position is read once more: the end is the same.
TEST_F(CatchUpTest, changes_that_were_applied_before_they_were_read_do_no_harm) {
  open_store();
  follow();
  AccountLayer layer;
  layer.accounts.emplace("a", of_banner("2"));
  ASSERT_TRUE(store_->apply(layer));
  write({{"a", "1"}});
  write({{"a", "2"}});
  open_store();
  follow();
  EXPECT_EQ(banner_of("a"), "2");
}

TEST_F(CatchUpTest, a_store_that_is_ahead_of_the_topic_is_made_anew) {
  write({{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
  open_store();
  follow();
  open_log("another");
  write({{"a", "7"}});
  open_store();
  follow();
  EXPECT_EQ(banner_of("a"), "7");
  EXPECT_EQ(store_->account_count(), 1U);
}

TEST_F(CatchUpTest, a_record_that_is_none_is_an_error_with_its_place) {
  ASSERT_TRUE(writer_->begin());
  log::Record record;
  record.topic = topic;
  record.key = "a";
  record.value = "[]";
  ASSERT_TRUE(writer_->produce(record));
  ASSERT_TRUE(writer_->commit({}));
  open_store();
  const auto done = catch_up(*log_, topic, *store_, log::Milliseconds{5'000}, [] { return true; });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, log::ErrorKind::corrupt);
  EXPECT_TRUE(done.error().message.starts_with("topic wakestream.p.context, partition 0, offset 0"))
      << done.error().message;
}

}  // namespace
}  // namespace wakestream::context
