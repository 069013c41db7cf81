#include "roles/publish/publish_loop.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "log/partition.h"
#include "roles/capture/failpoint.h"
#include "roles/capture/topics.h"
#include "roles/capture/wall_time.h"

namespace wakestream::publish {

namespace {

using capture::failpoint;
using capture::action::Level;

constexpr log::Milliseconds log_deadline{10'000};
// On the embedded log it is waited for another process so long, and the wish to end with it.
constexpr log::Milliseconds open_deadline{5'000};
// How long a call may keep the wish to end waiting.
constexpr log::Milliseconds read_wait{200};
constexpr std::int64_t notice_pause_ms = 10'000;
constexpr log::Milliseconds standby_pause{1'000};

std::int64_t mono_ms() { return capture::time_now().mono_ms; }

struct Failure {
  Step step;
  log::Error error;
};
template <class T>
using Outcome = tl::expected<T, Failure>;

template <class T>
Outcome<T> at(Step step, log::Result<T> result) {
  if (!result) return tl::make_unexpected(Failure{step, std::move(result.error())});
  if constexpr (!std::is_void_v<T>) return std::move(*result);
  return Outcome<T>();
}

class Publish {
 public:
  Publish(log::EventLog& event_log, const EventJudge& judge, const PublicTopics& topics,
          PublishOptions options)
      : log_(event_log),
        judge_(judge),
        topics_(topics),
        options_(std::move(options)),
        events_(capture::Topics(options_.pipeline).events),
        group_(fmt::format("wakestream.{}.{}", options_.pipeline, writer_name)),
        course_(options_.course) {}

  int run() {
    while (!options_.stop_requested()) {
      const auto done = publish();
      writer_.reset();
      reader_.reset();
      if (done) continue;
      const auto answer = course_.failed(done.error().step, done.error().error);
      if (answer.ends) {
        say(Level::error, answer.event, answer.message, sums());
        return 1;
      }
      if (!answer.event.empty()) say(Level::warning, answer.event, answer.message);
      pause(answer.pause_ms);
    }
    say(Level::info, "publish_stopped", "publishing stopped as asked", sums());
    return 0;
  }

 private:
  // Until it is to end (or stands by), or something fails.
  Outcome<void> publish() {
    if (auto opened = open(); !opened || !writer_) return opened;
    while (!options_.stop_requested()) {
      tell_withheld_when_due();
      auto batch = at(Step::read, reader_->poll(options_.batch_records_max, read_wait));
      if (!batch) return tl::make_unexpected(std::move(batch.error()));
      if (batch->records.empty()) continue;
      if (auto written = write(batch->records); !written) return written;
    }
    return {};
  }

  // Without a writer afterwards another instance publishes.
  Outcome<void> open() {
    auto committed = at(Step::find_events, ask_committed());
    if (!committed) return tl::make_unexpected(std::move(committed.error()));
    if (!course_.may_write(positions_of(*committed), by_another(*committed), mono_ms())) {
      if (!std::exchange(told_standby_, true))
        say(Level::warning, "publish_stand_by",
            "another instance publishes; standing by, to take over when it does so no more");
      pause(standby_pause.count());
      return {};
    }
    told_standby_ = false;
    if (auto made = make_topics(); !made) return made;
    auto writer =
        at(Step::open_writer,
           log_.open_writer({writer_name, options_.incarnation, open_deadline, log_deadline}));
    if (!writer) return tl::make_unexpected(std::move(writer.error()));
    // Asked again: now it is final.
    committed = at(Step::open_reader, ask_committed());
    if (!committed) return tl::make_unexpected(std::move(committed.error()));
    auto positions = positions_of(*committed);
    if (auto fits = at(Step::open_reader, are_of_this_topic(positions)); !fits) return fits;
    auto reader = at(Step::open_reader, log_.open_reader_at(events_, positions));
    if (!reader) return tl::make_unexpected(std::move(reader.error()));
    positions_ = std::move(positions);
    writer_ = std::move(*writer);
    reader_ = std::move(*reader);
    // From now on the log knows the group, and keeps what it has not read; and whoever looks knows
    // who publishes.
    auto known = write({});
    if (known && !std::exchange(told_begin_, true))
      say(Level::info, "publishing", "events are published",
          {{"topics", std::to_string(topics_.names().size())}, {"group", group_}});
    return known;
  }

  log::Result<std::vector<log::CommittedOffset>> ask_committed() {
    return log_.committed_offsets(group_, events_, log_deadline);
  }

  static Positions positions_of(const std::vector<log::CommittedOffset>& committed) {
    Positions positions;
    positions.reserve(committed.size());
    for (const auto& one : committed) positions.push_back(one.next_offset);
    return positions;
  }

  bool by_another(const std::vector<log::CommittedOffset>& committed) const {
    return std::any_of(committed.begin(), committed.end(), [this](const auto& one) {
      return !one.writer.empty() && one.writer != options_.incarnation;
    });
  }

  // A group that has read further than the topic goes belongs to one that was there before.
  log::Result<void> are_of_this_topic(const Positions& positions) {
    const auto ends = log_.end_offsets(events_, log_deadline);
    if (!ends) return tl::make_unexpected(ends.error());
    for (std::size_t number = 0; number < positions.size(); ++number) {
      if (positions[number] <= (*ends)[number]) continue;
      return tl::make_unexpected(log::Error{
          log::ErrorKind::topic_shape,
          fmt::format("group {} has read topic {}, partition {}, up to offset {}, and the topic "
                      "ends at {}: it was made anew, or a copy was put back. To publish all that "
                      "it has: let the log forget the group",
                      group_, events_, number, positions[number], (*ends)[number])});
    }
    return {};
  }

  Outcome<void> make_topics() {
    std::vector<log::TopicSpec> specs;
    for (const auto& name : topics_.names())
      specs.push_back(
          {name, writer_name, options_.partition_count, log::Cleanup::by_age, options_.retention});
    auto shapes =
        at(Step::make_topics, log_.ensure_topics(specs, options_.may_create_topics, log_deadline));
    if (!shapes) return tl::make_unexpected(std::move(shapes.error()));
    for (const auto& shape : *shapes) {
      if (shape.partition_count == options_.partition_count) continue;
      return tl::make_unexpected(Failure{
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
    auto next = positions_;
    for (const auto& record : records) {
      judge_.judge(record, now, out_);
      next.at(static_cast<std::size_t>(record.partition)) = record.offset + 1;
    }
    if (auto begun = at(Step::write, writer_->begin()); !begun) return begun;
    for (const auto& record : out_.records) {
      for (const auto* topic : {&record.topics->change, &record.topics->by_type}) {
        if (auto produced = produce(record, *topic); !produced) return produced;
      }
    }
    if (!records.empty()) failpoint("publish_commit_before");
    if (auto committed = at(Step::write, writer_->commit(consumed(next))); !committed)
      return committed;
    if (!records.empty()) failpoint("publish_commit_after");
    positions_ = std::move(next);
    counts_ = out_.counts;
    if (course_.wrote()) say(Level::info, "publish_back", "events are published again");
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
    return at(Step::write, writer_->produce(one));
  }

  log::ConsumedOffsets consumed(const Positions& next) const {
    log::ConsumedOffsets offsets{group_, {}};
    for (std::size_t number = 0; number < next.size(); ++number)
      offsets.positions.push_back({events_, static_cast<std::int32_t>(number), next[number]});
    return offsets;
  }

  void pause(std::int64_t pause_ms) const {
    const auto until = mono_ms() + pause_ms;
    while (!options_.stop_requested() && mono_ms() < until)
      std::this_thread::sleep_for(std::min(read_wait, log::Milliseconds{until - mono_ms() + 1}));
  }

  // A policy may withhold every event: the first are told at once, and what follows in sums.
  void tell_withheld_when_due() {
    if (counts_.withheld() == told_withheld_) return;
    if (told_at_ms_ && mono_ms() - *told_at_ms_ < notice_pause_ms) return;
    told_at_ms_ = mono_ms();
    told_withheld_ = counts_.withheld();
    say(Level::warning, "withheld", "events that policy does not let out, by the cause", sums());
  }

  std::vector<std::pair<std::string, std::string>> sums() const {
    std::vector<std::pair<std::string, std::string>> fields{
        {"read", std::to_string(counts_.read)}, {"published", std::to_string(counts_.published)}};
    for (std::size_t cause = 0; cause < policy::cause_count; ++cause) {
      if (const auto count = counts_.tally.events_withheld[cause]; count > 0)
        fields.emplace_back(to_string(static_cast<policy::Cause>(cause)), std::to_string(count));
    }
    return fields;
  }

  void say(Level level, std::string event, std::string message,
           std::vector<std::pair<std::string, std::string>> fields = {}) const {
    if (options_.say)
      options_.say({level, std::move(event), std::move(message), std::move(fields)});
  }

  log::EventLog& log_;
  const EventJudge& judge_;
  const PublicTopics& topics_;
  const PublishOptions options_;
  const std::string events_;
  const std::string group_;
  Course course_;
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<log::Reader> reader_;
  Positions positions_;
  Judged out_;     // of the transaction that is being written
  Counts counts_;  // of those that were committed
  bool told_standby_ = false;
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
