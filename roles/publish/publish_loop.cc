#include "roles/publish/publish_loop.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "log/partition.h"
#include "roles/capture/failpoint.h"
#include "roles/capture/topics.h"
#include "roles/capture/wall_time.h"
#include "roles/reading/reading_role.h"

namespace wakestream::publish {

namespace {

using capture::failpoint;
using capture::action::Level;
using reading::log_deadline;
using reading::Outcome;
using reading::Positions;
using reading::Step;

// How long a call may keep the wish to end waiting.
constexpr log::Milliseconds read_wait{200};
constexpr std::int64_t notice_pause_ms = 10'000;

constexpr reading::Words words{
    .in_doubt = "publish_in_doubt",
    .waiting = "publish_waiting",
    .log_away = "publish_log_away",
    .refused = "publish_refused",
    .back = "publish_back",
    .stand_by = "publish_stand_by",
    .stopped = "publish_stopped",
    .is_in_doubt = "the outcome of a transaction of public events is unknown",
    .is_held = "another process publishes; waiting for it to end",
    .is_away = "publishing waits for the event log",
    .is_back = "events are published again",
    .is_standing_by =
        "another instance publishes; standing by, to take over when it does so no more",
    .has_stopped = "publishing stopped as asked"};

class Publish final : public reading::ReadingRole {
 public:
  Publish(log::EventLog& event_log, const EventJudge& judge, const PublicTopics& topics,
          PublishOptions options)
      : ReadingRole(event_log,
                    {.writer = writer_name,
                     .group = fmt::format("wakestream.{}.{}", options.pipeline, writer_name),
                     .events = capture::Topics(options.pipeline).events,
                     .incarnation = options.incarnation,
                     .words = words,
                     .course = options.course,
                     .say = options.say,
                     .stop_requested = options.stop_requested}),
        judge_(judge),
        topics_(topics),
        options_(std::move(options)) {}

 private:
  // From now on the log knows the group, and keeps what it has not read; and whoever looks knows
  // who publishes.
  Outcome<void> begin() override {
    auto known = write({});
    if (known && !std::exchange(told_begin_, true))
      say(Level::info, "publishing", "events are published",
          {{"topics", std::to_string(topics_.names().size())}, {"group", group()}});
    return known;
  }

  Outcome<void> step() override {
    tell_withheld_when_due();
    auto batch = reading::at(Step::read, reader().poll(options_.batch_records_max, read_wait));
    if (!batch) return tl::make_unexpected(std::move(batch.error()));
    if (batch->records.empty() && !is_quiet()) return {};
    return write(batch->records);
  }

  Outcome<void> make_topics() override {
    std::vector<log::TopicSpec> specs;
    for (const auto& name : topics_.names())
      specs.push_back(
          {name, writer_name, options_.partition_count, log::Cleanup::by_age, options_.retention});
    auto shapes =
        reading::at(Step::make_topics,
                    event_log().ensure_topics(specs, options_.may_create_topics, log_deadline));
    if (!shapes) return tl::make_unexpected(std::move(shapes.error()));
    for (const auto& shape : *shapes) {
      if (shape.partition_count == options_.partition_count) continue;
      return tl::make_unexpected(reading::Failure{
          Step::make_topics,
          {log::ErrorKind::topic_shape,
           fmt::format("topic {} has {} partitions, and publish.partitions says {}: with another "
                       "number an account's later events would overtake its earlier ones",
                       shape.name, shape.partition_count, options_.partition_count)}});
    }
    return {};
  }

  Outcome<void> write(const std::vector<log::StoredRecord>& records) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    out_.records.clear();
    out_.counts = counts_;
    auto next = positions();
    for (const auto& record : records) {
      judge_.judge(record, now, out_);
      next.at(static_cast<std::size_t>(record.partition)) = record.offset + 1;
    }
    if (auto begun = reading::at(Step::write, writer().begin()); !begun) return begun;
    for (const auto& record : out_.records) {
      for (const auto* topic : {&record.topics->change, &record.topics->by_type}) {
        if (auto produced = produce(record, *topic); !produced) return produced;
      }
    }
    if (!records.empty()) failpoint("publish_commit_before");
    if (auto committed = reading::at(Step::write, writer().commit(consumed(next))); !committed)
      return committed;
    if (!records.empty()) failpoint("publish_commit_after");
    counts_ = out_.counts;
    wrote(std::move(next));
    return {};
  }

  Outcome<void> produce(const PublicRecord& record, const std::string& topic) {
    log::Record one;
    one.topic = topic;
    one.partition = log::partition_of(record.key, options_.partition_count);
    one.key = record.key;
    one.value = record.value;
    one.headers = record.headers;
    one.timestamp_ms = record.timestamp_ms;
    return reading::at(Step::write, writer().produce(one));
  }

  // A policy may withhold every event: the first are told at once, and what follows in sums.
  void tell_withheld_when_due() {
    if (counts_.withheld() == told_withheld_) return;
    const auto now_ms = capture::time_now().mono_ms;
    if (told_at_ms_ && now_ms - *told_at_ms_ < notice_pause_ms) return;
    told_at_ms_ = now_ms;
    told_withheld_ = counts_.withheld();
    say(Level::warning, "withheld", "events that policy does not let out, by the cause", sums());
  }

  Fields sums() const override {
    Fields fields{{"read", std::to_string(counts_.read)},
                  {"published", std::to_string(counts_.published)}};
    for (std::size_t cause = 0; cause < policy::cause_count; ++cause) {
      if (const auto count = counts_.tally.events_withheld[cause]; count > 0)
        fields.emplace_back(to_string(static_cast<policy::Cause>(cause)), std::to_string(count));
    }
    return fields;
  }

  const EventJudge& judge_;
  const PublicTopics& topics_;
  const PublishOptions options_;
  Judged out_;     // of the transaction that is being written
  Counts counts_;  // of those that were committed
  bool told_begin_ = false;
  std::uint64_t told_withheld_ = 0;
  std::optional<std::int64_t> told_at_ms_;
};

}  // namespace

int run_publish(log::EventLog& event_log, const EventJudge& judge, const PublicTopics& topics,
                PublishOptions options) {
  return Publish(event_log, judge, topics, std::move(options)).run();
}

}  // namespace wakestream::publish
