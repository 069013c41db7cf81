// Where a topic's partitions end.
//
// Two ends are of interest: the high watermark (everything before it is replicated) and the last
// stable offset (everything before it is decided: committed or aborted). A broker answers
// ListOffsets with the one or the other according to the isolation level in the request, and
// librdkafka (since 1.7.1) sends the isolation.level of the handle that asks. So the handle
// decides: read_committed gives the last stable offset, read_uncommitted the high watermark.
// Verified on Kafka 4.1 with an open transaction by tests/integration/kafka_log_test.cc.
//
// Source: Apache Kafka protocol, "ListOffsets Request"; librdkafka CHANGELOG, v1.7.1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/kafka/client.h"

namespace wakestream::log::kafka {

struct TopicLayout {
  std::int32_t partition_count = 0;
  std::int32_t copies = 0;  // of the partition that has the fewest
};

// ErrorKind::topic_missing when a broker says that there is no such topic.
Result<TopicLayout> layout_of(const Client& client, const std::string& topic,
                              const Deadline& deadline);

// How many partitions the topic has, as above.
Result<std::int32_t> partition_count(const Client& client, const std::string& topic,
                                     const Deadline& deadline);

// The end of each partition, by index: see above for which.
Result<std::vector<std::int64_t>> end_offsets(const Client& client, const std::string& topic,
                                              std::int32_t partition_count,
                                              const Deadline& deadline);

// Where each partition's first record stands or stood before it was cleaned up.
Result<std::vector<std::int64_t>> begin_offsets(const Client& client, const std::string& topic,
                                                std::int32_t partition_count,
                                                const Deadline& deadline);

}  // namespace wakestream::log::kafka
