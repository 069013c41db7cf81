// A real broker, an event log on it, and short words for what the tests of this folder do with
// them.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "log/kafka/kafka_log.h"
#include "tests/support/kafka_broker.h"

namespace wakestream::log::kafka {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// The value, or an exception that GoogleTest turns into a failure.
template <class T>
T take(Result<T> result) {
  if (!result) throw std::runtime_error("the log answered: " + result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// How long `act` takes.
template <class Act>
Milliseconds time_of(Act act) {
  const auto begin = Clock::now();
  act();
  return std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
}

inline std::unique_ptr<EventLog> open_log(const KafkaOptions& options) {
  return take(open_kafka_log(options));
}

inline KafkaOptions options_for(const std::string& address) {
  KafkaOptions options;
  options.brokers = address;
  options.pipeline = "integration";
  options.request_deadline = 2s;
  return options;
}

inline WriterOptions writer_options(Milliseconds open_deadline = 15s,
                                    Milliseconds transaction_deadline = 15s) {
  return {.name = "capture",
          .incarnation = "test",
          .open_deadline = open_deadline,
          .transaction_deadline = transaction_deadline};
}

inline Record record_of(const std::string& topic, std::string_view value,
                        std::int32_t partition = 0) {
  Record record;
  record.topic = topic;
  record.partition = partition;
  record.key = "k";
  record.value = value;
  return record;
}

inline void write(Writer& writer, const std::string& topic, std::string_view value) {
  take(writer.begin());
  take(writer.produce(record_of(topic, value)));
  take(writer.commit({}));
}

// Every value that a reader sees, up to the end.
inline std::vector<std::string> values_in(EventLog& log, const std::string& topic) {
  const auto reader = take(log.open_reader(topic, ReadFrom::earliest));
  std::vector<std::string> values;
  for (const auto begin = Clock::now(); Clock::now() - begin < 30s;) {
    const auto batch = take(reader->poll(1'000, 200ms));
    for (const auto& record : batch.records) values.push_back(record.value);
    if (reader->at_end()) return values;
  }
  throw std::runtime_error("the reader did not come to the end");
}

// Each test with a broker has its own: they kill it.
class KafkaLogTest : public testing::Test {
 protected:
  test::KafkaBroker& start_broker(const test::KafkaBrokerOptions& options = {}) {
    broker_ = std::make_unique<test::KafkaBroker>(options);
    log_ = open_log(options_for(broker_->address()));
    return *broker_;
  }
  EventLog& log() { return *log_; }
  std::string make_topic(const std::string& name, std::int32_t partition_count = 1,
                         Cleanup cleanup = Cleanup::by_age) {
    const TopicSpec spec{
        .name = name, .writer = "capture", .partition_count = partition_count, .cleanup = cleanup};
    take(log().ensure_topics({&spec, 1}, true, 15s));
    return name;
  }

  std::unique_ptr<test::KafkaBroker> broker_;
  std::unique_ptr<EventLog> log_;
};

}  // namespace wakestream::log::kafka
