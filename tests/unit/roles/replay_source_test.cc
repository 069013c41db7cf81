// The rows of a replay: those that wait, in order, each once, however many windows it takes.
#include "roles/capture/replay_source.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "log/embedded/embedded_log.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::capture {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* topic = "quarantine";

class ReplaySourceTest : public testing::Test {
 protected:
  void SetUp() override {
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/log";
    log_ = std::move(*log::embedded::open_embedded_log(options));
    log::TopicSpec spec;
    spec.name = topic;
    spec.writer = "capture";
    ASSERT_TRUE(log_->ensure_topics({&spec, 1}, true, log::Milliseconds{1'000}));
    log::WriterOptions writer;
    writer.name = "capture";
    writer_ = std::move(*log_->open_writer(writer));
  }

  void row(int number, const std::string& rule = "customer.created") { put(number, rule, false); }
  void resolved(int number) { put(number, "customer.created", true); }
  void put(int number, const std::string& rule, bool resolved) {
    std::string headers;
    log::HeaderWriter writer(headers);
    if (resolved) writer.add("resolved", "replayed");
    writer.add("rule", rule);
    const auto key = fmt::format("{:08X}-{:016X}-{:012X}-{}", 1, number, 1, rule);
    log::Record record;
    record.topic = topic;
    record.key = key;
    record.value = resolved ? "" : "{}";
    record.headers = headers;
    ASSERT_TRUE(writer_->begin());
    ASSERT_TRUE(writer_->produce(record));
    ASSERT_TRUE(writer_->commit({}));
  }

  std::unique_ptr<ReplaySource> open(std::int64_t from, ReplaySource::Limits limits) {
    const auto end = log_->end_offsets(topic, log::Milliseconds{1'000})->front();
    auto source = ReplaySource::open(*log_, topic, {"customer.created", {}}, from, end,
                                     std::make_shared<const Tables>(), limits);
    return std::move(*source);
  }
  // The numbers of the rows, over all steps.
  std::vector<int> numbers(ReplaySource& source) {
    std::vector<int> found;
    while (true) {
      const auto step = source.next();
      if (!step) {
        ADD_FAILURE() << step.error().message;
        return found;
      }
      for (const auto& change : step->changes)
        found.push_back(static_cast<int>(change.record.origin.commit_lsn.value()));
      if (!step->next_step) return found;
      EXPECT_EQ(*step->next_step, source.position());
    }
  }
  std::vector<int> numbers(ReplaySource::Limits limits) { return numbers(*open(0, limits)); }

  log::contract::TemporaryFolder folder_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<log::Writer> writer_;
};

TEST_F(ReplaySourceTest, an_empty_quarantine_is_one_empty_step) {
  EXPECT_THAT(numbers({}), IsEmpty());
}

TEST_F(ReplaySourceTest, rows_that_are_not_resolved_come_in_order_in_windows_of_any_size) {
  for (int number = 0; number < 10; ++number) row(number);
  row(10, "customer.moved");
  for (const int number : {1, 2, 7}) resolved(number);
  row(11);
  for (const std::size_t step_rows : {1U, 3U, 100U}) {
    for (const std::size_t window_rows : {1U, 2U, 5U, 100U})
      EXPECT_THAT(numbers({step_rows, window_rows}), ElementsAre(0, 3, 4, 5, 6, 8, 9, 11))
          << step_rows << " a step, " << window_rows << " a window";
  }
}

TEST_F(ReplaySourceTest, it_goes_on_where_another_one_stopped) {
  for (int number = 0; number < 5; ++number) row(number);
  const auto first = open(0, {2, 3});
  const auto step = first->next();
  ASSERT_TRUE(step && step->next_step);
  resolved(3);
  EXPECT_THAT(numbers(*open(*step->next_step, {2, 1})), ElementsAre(2, 4));
}

TEST_F(ReplaySourceTest, rows_that_come_after_the_end_are_not_its_matter) {
  row(0);
  const auto source = open(0, {1, 1});
  row(1);
  EXPECT_THAT(numbers(*source), ElementsAre(0));
}

}  // namespace
}  // namespace wakestream::capture
