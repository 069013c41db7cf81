#include "roles/capture/said_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "log/reader_positions.h"
#include "roles/capture/said_number.h"

namespace wakestream::capture {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t batch_records = 2'000;
constexpr std::size_t index_memory_bytes = std::size_t{32} << 20U;
constexpr log::Milliseconds poll_wait{20};
constexpr log::Milliseconds end_deadline{3'000};
// Nothing came for so long, and the end is not known.
constexpr std::chrono::seconds silence_max{10};
constexpr std::chrono::seconds tell_every{1};

tl::unexpected<SaidReader::Problem> away(const std::string& because) {
  return tl::unexpected(
      SaidReader::Problem{"what was said before could not be read from the log: " + because, true});
}

tl::unexpected<SaidReader::Problem> broken(const std::string& because) {
  return tl::unexpected(
      SaidReader::Problem{"what was said before could not be compared: " + because, false});
}

}  // namespace

// Where the thread stands in the topic.
struct SaidReader::Reading {
  std::vector<std::string> types;
  Index index;
  std::unique_ptr<log::Reader> reader;
  std::vector<std::int64_t> ends;   // by partition, when it was asked last
  std::vector<std::int64_t> first;  // that was read; below 0: none
  std::vector<std::int64_t> next;
  std::vector<context::SaidEvent> events;
  Clock::time_point told_at;
};

SaidReader::SaidReader(log::EventLog& event_log, const std::string& topic,
                       std::function<void()> wake)
    : log_(event_log), topic_(topic), wake_(std::move(wake)), thread_([this] { run(); }) {}

SaidReader::~SaidReader() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
    unwanted_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void SaidReader::begin(std::vector<std::string> types) {
  {
    const std::lock_guard lock(mutex_);
    ++wanted_;
    unwanted_ = true;  // what is read for somebody else
    task_ = Task{std::move(types), nullptr};
    answer_.reset();
    progress_.reset();
  }
  changed_.notify_one();
}

void SaidReader::go_on(Index index) {
  {
    const std::lock_guard lock(mutex_);
    ++wanted_;
    task_ = Task{{}, std::move(index)};
  }
  changed_.notify_one();
}

void SaidReader::drop() {
  {
    const std::lock_guard lock(mutex_);
    ++wanted_;
    unwanted_ = true;
    gives_back_ = true;
    task_.reset();
    answer_.reset();
    progress_.reset();
  }
  changed_.notify_one();
}

std::optional<SaidReader::Answer> SaidReader::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answer_, std::nullopt);
}

std::optional<SaidReader::Progress> SaidReader::take_progress() {
  const std::lock_guard lock(mutex_);
  return std::exchange(progress_, std::nullopt);
}

void SaidReader::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || task_ || gives_back_; });
    if (ends_) return;
    if (std::exchange(gives_back_, false)) reading_.reset();
    if (!task_) continue;
    const auto number = wanted_;
    auto task = *std::exchange(task_, std::nullopt);
    unwanted_ = false;
    lock.unlock();
    auto answer = carry_out(std::move(task));
    lock.lock();
    if (number != wanted_) continue;
    progress_.reset();
    answer_ = std::move(answer);
    wake_();
  }
}

SaidReader::Answer SaidReader::carry_out(Task task) {
  if (!task.index) {
    reading_ = std::make_unique<Reading>();
    reading_->types = std::move(task.types);
  } else {
    reading_->index = std::move(task.index);
    reading_->index->watch(&unwanted_);
  }
  auto answer = read(*reading_);
  if (answer) (*answer)->watch(nullptr);
  return answer;
}

tl::expected<void, SaidReader::Problem> SaidReader::open(Reading& reading) {
  auto index = context::SaidIndex::make(index_memory_bytes, reading.types.size());
  if (!index) return broken(index.error());
  reading.index = std::move(*index);
  reading.index->watch(&unwanted_);
  auto reader = log_.open_reader(topic_, log::ReadFrom::earliest);
  if (!reader) return away(reader.error().message);
  reading.reader = std::move(*reader);
  reading.first.clear();
  reading.next.clear();
  return {};
}

SaidReader::Answer SaidReader::read(Reading& reading) {
  auto ends = log_.end_offsets(topic_, end_deadline);
  if (!ends) return away(ends.error().message);
  reading.ends = std::move(*ends);
  auto give_up = Clock::now() + silence_max;
  while (!unwanted_) {
    if (!reading.reader)
      if (auto opened = open(reading); !opened) return tl::unexpected(opened.error());
    auto batch = reading.reader->poll(batch_records, poll_wait);
    if (!batch && batch.error().kind == log::ErrorKind::removed) {
      reading.reader.reset();
      continue;
    }
    if (!batch) return away(batch.error().message);
    if (auto taken = take_records(reading, batch->records); !taken)
      return tl::unexpected(taken.error());
    if (log::has_passed(*reading.reader, reading.ends)) {
      if (auto sorted = reading.index->sort(); !sorted) return broken(sorted.error());
      return std::move(reading.index);
    }
    if (!batch->records.empty()) give_up = Clock::now() + silence_max;
    if (Clock::now() >= give_up) return away("its end was not reached in time");
  }
  return away({});  // nobody wants it any more, and nobody is told
}

tl::expected<void, SaidReader::Problem> SaidReader::take_records(
    Reading& reading, const std::vector<log::StoredRecord>& records) {
  auto& events = reading.events;
  events.clear();
  for (const auto& record : records) {
    const auto partition = static_cast<std::size_t>(record.partition);
    if (partition >= reading.first.size()) {
      reading.first.resize(partition + 1, -1);
      reading.next.resize(partition + 1, 0);
    }
    if (reading.first[partition] < 0) reading.first[partition] = record.offset;
    reading.next[partition] = record.offset + 1;
    const auto type = log::header_of(record, "ce_type");
    const auto found = std::find(reading.types.begin(), reading.types.end(), type);
    if (found == reading.types.end()) continue;
    if (!log::header_of(record, "ce_consumer").empty()) continue;  // not said to everybody
    const auto event = said_event(static_cast<std::uint32_t>(found - reading.types.begin()),
                                  {type, record.key, log::header_of(record, "ce_table"),
                                   log::header_of(record, "ce_schemaversion"), record.value},
                                  log::header_of(record, "ce_sequence"));
    if (!event)
      return broken(
          fmt::format("topic {}, partition {}, offset {}: the event has no ce_sequence that can be "
                      "read",
                      topic_, record.partition, record.offset));
    events.push_back(*event);
  }
  if (auto taken = reading.index->take(events); !taken) return broken(taken.error());
  tell(reading);
  return {};
}

void SaidReader::tell(Reading& reading) {
  const auto now = Clock::now();
  if (now - reading.told_at < tell_every) return;
  reading.told_at = now;
  Progress progress;
  for (std::size_t at = 0; at < reading.ends.size(); ++at) {
    const bool begun = at < reading.first.size() && reading.first[at] >= 0;
    const auto from = begun ? reading.first[at] : 0;
    progress.to_read += static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, std::max(reading.ends[at], begun ? reading.next[at] : 0) - from));
    if (begun) progress.read += static_cast<std::uint64_t>(reading.next[at] - from);
  }
  const std::lock_guard lock(mutex_);
  progress_ = progress;
  wake_();
}

}  // namespace wakestream::capture
