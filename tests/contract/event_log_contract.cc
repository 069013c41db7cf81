#include "tests/contract/event_log_contract.h"

#include <unistd.h>

#include <chrono>
#include <thread>

namespace wakestream::log::contract {

namespace {

using Clock = std::chrono::steady_clock;

std::string fresh_suffix() {
  static int count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  return "-" + std::to_string(::getpid()) + "-" + std::to_string(micros) + "-" +
         std::to_string(++count);
}

}  // namespace

void EventLogContract::SetUp() {
  suffix_ = fresh_suffix();
  stored_ = GetParam().make();
  if (stored_ == nullptr) GTEST_SKIP() << GetParam().name << " cannot run here";
  log_ = stored_->open();
}

void EventLogContract::reopen() {
  log_.reset();
  log_ = stored_->open();
}

TopicSpec EventLogContract::topic_spec(std::string_view stem, std::int32_t partition_count,
                                       Cleanup cleanup) const {
  TopicSpec spec;
  spec.name = unique(stem);
  spec.writer = writer_name();
  spec.partition_count = partition_count;
  spec.cleanup = cleanup;
  return spec;
}

std::string EventLogContract::make_topic(std::string_view stem, std::int32_t partition_count) {
  const auto spec = topic_spec(stem, partition_count, Cleanup::by_age);
  take(log().ensure_topics({&spec, 1}, true, deadline));
  return spec.name;
}

std::string EventLogContract::make_compacted_topic(std::string_view stem) {
  const auto spec = topic_spec(stem, 1, Cleanup::compact);
  take(log().ensure_topics({&spec, 1}, true, deadline));
  return spec.name;
}

WriterOptions EventLogContract::writer_options() const {
  WriterOptions options;
  options.name = writer_name();
  options.incarnation = "contract " + std::to_string(::getpid());
  options.open_deadline = deadline;
  options.transaction_deadline = deadline;
  return options;
}

Result<void> EventLogContract::try_produce(Writer& writer, const std::string& topic,
                                           std::string_view key, std::string_view value,
                                           std::int32_t partition) {
  Record record;
  record.topic = topic;
  record.partition = partition;
  record.key = key;
  record.value = value;
  record.timestamp_ms = 1'700'000'000'000;
  return writer.produce(record);
}

void EventLogContract::produce(Writer& writer, const std::string& topic, std::string_view key,
                               std::string_view value, std::int32_t partition) {
  take(try_produce(writer, topic, key, value, partition));
}

void EventLogContract::produce_tombstone(Writer& writer, const std::string& topic,
                                         std::string_view key) {
  Record record;
  record.topic = topic;
  record.key = key;
  record.tombstone = true;
  record.timestamp_ms = 1'700'000'000'000;
  take(writer.produce(record));
}

void EventLogContract::write(Writer& writer, const std::string& topic,
                             std::initializer_list<std::string_view> values) {
  take(writer.begin());
  for (const auto value : values) produce(writer, topic, "k", value);
  commit(writer);
}

void EventLogContract::write_one(Writer& writer, const std::string& topic, std::string_view key,
                                 std::string_view value) {
  take(writer.begin());
  produce(writer, topic, key, value);
  commit(writer);
}

bool EventLogContract::a_transaction_is_refused(Writer& writer, const std::string& topic,
                                                std::string_view value) {
  auto done = writer.begin();
  if (done) done = try_produce(writer, topic, "k", value);
  if (done) done = writer.commit({});
  return !done && done.error().kind == ErrorKind::in_doubt;
}

std::vector<StoredRecord> EventLogContract::read(Reader& reader, std::size_t record_count) {
  std::vector<StoredRecord> records;
  const auto give_up = Clock::now() + deadline;
  while (records.size() < record_count) {
    if (Clock::now() > give_up) {
      throw std::runtime_error("only " + std::to_string(records.size()) + " of " +
                               std::to_string(record_count) + " records became visible");
    }
    auto batch = take(reader.poll(1'000, Milliseconds{100}));
    for (auto& record : batch.records) records.push_back(std::move(record));
  }
  return records;
}

std::vector<StoredRecord> EventLogContract::read_topic(const std::string& topic,
                                                       std::size_t record_count) {
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  return read(*reader, record_count);
}

std::vector<std::string> EventLogContract::values_before_sentinel(Writer& writer,
                                                                  const std::string& topic) {
  const auto sentinel = unique("sentinel");
  write_one(writer, topic, "sentinel", sentinel);
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  std::vector<std::string> values;
  for (;;) {
    for (auto& record : read(*reader, 1)) {
      if (record.value == sentinel) return values;
      values.push_back(std::move(record.value));
    }
  }
}

std::optional<std::string> EventLogContract::latest_value(const std::string& topic,
                                                          const std::string& key, Settled settled) {
  auto found = take(log().latest(topic, key, settled, deadline));
  if (!found) return std::nullopt;
  EXPECT_EQ(found->key, key);
  return found->value;
}

bool EventLogContract::latest_becomes(const std::string& topic, const std::string& key,
                                      Settled settled, const std::optional<std::string>& value) {
  const auto give_up = Clock::now() + deadline;
  while (latest_value(topic, key, settled) != value) {
    if (Clock::now() > give_up) return false;
    std::this_thread::sleep_for(Milliseconds{20});
  }
  return true;
}

std::vector<std::string> values_of(const std::vector<StoredRecord>& records) {
  std::vector<std::string> values;
  values.reserve(records.size());
  for (const auto& record : records) values.push_back(record.value);
  return values;
}

}  // namespace wakestream::log::contract
