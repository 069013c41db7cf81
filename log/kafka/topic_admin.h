// Makes topics, and reads the settings of those that are there.
//
// A compacted topic is written in every transaction, each time with its key anew and a transaction
// marker behind it, and is read backwards from its end: it must be cleaned early and often, or it
// grows without bound. Kafka never compacts the segment that is being written and keeps markers for
// delete.retention.ms, so both are small.
#pragma once

#include <span>
#include <vector>

#include "log/kafka/client.h"
#include "log/kafka/topic_facts.h"

namespace wakestream::log::kafka {

struct TopicPlan {
  bool may_create = false;
  int replication_factor = -1;
  std::int64_t batch_bytes_max = 0;  // max.message.bytes of topics that are made
};

// See EventLog::ensure_topics. Returns when every topic has leaders for its partitions; fills
// `registry`.
Result<std::vector<TopicShape>> ensure_topics(const Client& admin, std::span<const TopicSpec> specs,
                                              const TopicPlan& plan, TopicRegistry& registry,
                                              const Deadline& deadline);

}  // namespace wakestream::log::kafka
