// What was said last of each account: from the log, from the buffers, and as it is said.
#include "roles/capture/said_events.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "log/embedded/embedded_log.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::capture {
namespace {

class SaidEventsTest : public testing::Test {
 protected:
  void SetUp() override {
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/log";
    log_ = std::move(*log::embedded::open_embedded_log(options));
    const auto specs = topics_.specs(1);
    ASSERT_TRUE(log_->ensure_topics(specs, true, log::Milliseconds{1'000}));
    log::WriterOptions writer;
    writer.name = "capture";
    writer_ = std::move(*log_->open_writer(writer));
    buffers_.set_context(context_);
    recorder_.adopt_registry({"c.a", "c.b"}, {"c.a", "c.b"});
    said_ = std::make_unique<SaidEvents>(*log_, topics_, buffers_,
                                         [this] { eventfd_write(woken_, 1); });
    recorder_.set_listener(*said_);
  }
  void TearDown() override {
    said_.reset();
    close(woken_);
  }

  static ContextFeed::Options no_context() {
    ContextFeed::Options options;
    options.pipeline = "p";
    return options;
  }
  static mapping::Event event(std::string_view account, std::string_view payload,
                              std::uint16_t rule = 0, std::string_view schema = "s") {
    return {rule == 0 ? "c.a" : "c.b", rule, account, "t.a", payload, schema};
  }
  // By the stream, into the open buffer.
  void record(const mapping::Event& what) {
    recorder_.on_event({1, cdc::Lsn{lsn_ += 0x10}, 0, 1}, what);
  }
  void commit() {
    buffers_.seal();
    const auto* batch = buffers_.send(action::Write::Records::sealed);
    ASSERT_TRUE(writer_->begin());
    for (std::size_t at = 0; at < batch->size(); ++at) ASSERT_TRUE(writer_->produce(batch->at(at)));
    ASSERT_TRUE(writer_->commit({}));
    buffers_.release();
  }
  void say(const mapping::Event& what) {
    record(what);
    commit();
  }
  // Another log transaction, so that what was committed before is not the last batch any more.
  void something_else() { say(event("nobody", "{}", 1)); }

  std::optional<Input> answer() {
    pollfd entry{woken_, POLLIN, 0};
    for (int attempt = 0; attempt < 1'000; ++attempt) {
      if (auto found = said_->take_answer();
          found && std::holds_alternative<input::ChunkFailed>(*found))
        return found;
      poll(&entry, 1, 20);
      eventfd_t count = 0;
      eventfd_read(woken_, &count);
    }
    return std::nullopt;
  }
  void compare(std::vector<std::string> types = {"c.a", "c.b"}) {
    said_->begin(std::move(types));
    const auto found = answer();
    ASSERT_TRUE(found);
    EXPECT_EQ(std::get<input::ChunkFailed>(*found).reason, "");
    ASSERT_TRUE(said_->ready());
  }

  log::contract::TemporaryFolder folder_;
  Topics topics_{"p"};
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<log::Writer> writer_;
  int woken_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  RecordBuffers buffers_{100, 10'000};
  EventRecorder recorder_{{"p", 1, 1'000'000}, topics_, buffers_.open()};
  ContextFeed context_{no_context(), topics_, buffers_.open(), recorder_};
  std::unique_ptr<SaidEvents> said_;
  std::uint64_t lsn_ = 0x1000;
};

TEST_F(SaidEventsTest, the_newest_of_an_account_and_type_is_what_was_said) {
  say(event("x", "{\"v\":1}"));
  say(event("x", "{\"v\":2}"));
  say(event("x", "{\"v\":3}", 1));
  something_else();
  compare();
  EXPECT_TRUE(said_->is_said(event("x", "{\"v\":2}")));
  EXPECT_TRUE(said_->is_said(event("x", "{\"v\":3}", 1)));
  EXPECT_FALSE(said_->is_said(event("x", "{\"v\":1}"))) << "it was overtaken";
  EXPECT_FALSE(said_->is_said(event("y", "{\"v\":2}"))) << "of another account";
  EXPECT_FALSE(said_->is_said(event("x", "{\"v\":2}", 0, "another"))) << "by another schema";
}

TEST_F(SaidEventsTest, what_is_said_later_counts_from_its_recording_on) {
  say(event("x", "1"));
  something_else();
  compare();
  record(event("x", "2"));
  EXPECT_FALSE(said_->is_said(event("x", "1")));
  EXPECT_TRUE(said_->is_said(event("x", "2")));
}

TEST_F(SaidEventsTest, rows_of_one_account_are_judged_against_what_is_said_just_before_them) {
  say(event("x", "first row"));
  say(event("x", "second row"));
  something_else();
  compare();
  ASSERT_FALSE(said_->is_said(event("x", "first row")));
  record(event("x", "first row"));
  EXPECT_FALSE(said_->is_said(event("x", "second row"))) << "the first row is the newest now";
}

TEST_F(SaidEventsTest, what_is_on_its_way_or_said_while_the_log_is_read_is_not_known) {
  say(event("committed", "1"));
  something_else();
  say(event("last", "1"));  // on Kafka a reader may not see it yet
  record(event("sealed", "1"));
  buffers_.seal();
  record(event("open", "1"));
  said_->begin({"c.a", "c.b"});
  record(event("meanwhile", "1"));
  ASSERT_TRUE(answer());
  ASSERT_TRUE(said_->ready());
  EXPECT_TRUE(said_->is_said(event("committed", "1")));
  for (const auto* account : {"last", "sealed", "open", "meanwhile"})
    EXPECT_FALSE(said_->is_said(event(account, "1"))) << account;
}

TEST_F(SaidEventsTest, too_much_said_meanwhile_is_read_from_the_log_as_well) {
  said_->begin({"c.a"});
  for (std::size_t number = 0; number <= SaidEvents::overtaken_max; ++number) {
    record(event(std::to_string(number), "1"));
    if (buffers_.open().size() >= 5'000) commit();
  }
  commit();
  something_else();
  ASSERT_TRUE(answer());
  ASSERT_TRUE(said_->ready());
  EXPECT_TRUE(said_->is_said(event("0", "1")));
  EXPECT_TRUE(said_->is_said(event(std::to_string(SaidEvents::overtaken_max - 1), "1")));
}

TEST_F(SaidEventsTest, with_what_was_recorded_and_dropped_the_index_goes_too) {
  say(event("x", "1"));
  something_else();
  compare();
  record(event("x", "2"));
  buffers_.drop();
  said_->drop();
  EXPECT_FALSE(said_->ready());
  EXPECT_FALSE(said_->is_said(event("x", "2")));
  compare();
  EXPECT_TRUE(said_->is_said(event("x", "1")));
}

TEST_F(SaidEventsTest, accounts_that_no_row_was_met_of_are_counted) {
  say(event("here", "1"));
  say(event("gone", "1"));
  say(event("gone", "2"));
  something_else();
  compare();
  EXPECT_TRUE(said_->is_said(event("here", "1")));
  EXPECT_FALSE(said_->is_said(event("new", "1")));
  record(event("new", "1"));
  EXPECT_EQ(said_->not_met({"c.a"}), 1U);
  EXPECT_EQ(said_->not_met({"c.unknown"}), 0U);
}

TEST_F(SaidEventsTest, an_empty_log_says_nothing) {
  compare();
  EXPECT_FALSE(said_->is_said(event("x", "1")));
  EXPECT_EQ(said_->not_met({"c.a"}), 0U);
}

}  // namespace
}  // namespace wakestream::capture
