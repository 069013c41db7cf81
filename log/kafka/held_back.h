// Which partitions does an open transaction hold back? Readers see nothing behind the record that
// it began with, whoever wrote it, until it is committed or aborted.
//
// Who it is, librdkafka cannot ask (DescribeTransactions): Kafka's own kafka-transactions.sh can.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "log/event_log.h"
#include "log/kafka/client.h"
#include "log/kafka/kafka_log.h"

namespace wakestream::log::kafka {

// See EventLog::held_back. `uncommitted` asks for high watermarks (log/kafka/end_offsets.h).
Result<std::vector<HeldBackPartition>> held_back(const KafkaOptions& kafka,
                                                 const Client& uncommitted,
                                                 std::span<const std::string> topics,
                                                 Milliseconds longer_than,
                                                 const Deadline& deadline);

}  // namespace wakestream::log::kafka
