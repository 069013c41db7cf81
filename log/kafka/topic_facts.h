// What is known of topics, so that a record that cannot be written is refused before it is sent:
// once it is sent, a refusal would leave the whole transaction in doubt. Safe from several threads.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace wakestream::log::kafka {

struct TopicFacts {
  // By their specs: each share of a consumer writes to its topics.
  std::set<std::string, std::less<>> writers;
  std::int32_t partition_count = 0;
  std::int64_t batch_bytes_max =
      0;  // the topic's max.message.bytes: a record, with what Kafka wraps around it
};

class TopicRegistry {
 public:
  // A topic keeps the writers that it had.
  void put(const std::string& topic, TopicFacts facts);
  std::optional<TopicFacts> find(const std::string& topic) const;
  std::map<std::string, TopicFacts> of_writer(const std::string& writer) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, TopicFacts> topics_;
};

}  // namespace wakestream::log::kafka
