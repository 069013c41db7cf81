// What a consumer group has committed, by number: asked of its coordinator, by a client that joins
// nothing.
//
// A transaction that is being ended has decided what it consumed, and may not have said so yet:
// where it is to be settled, the broker is asked for stable offsets (KIP-447), which waits for
// that. Of a writer that died it would wait for as long as its transaction may last.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/kafka/deadline.h"
#include "log/kafka/kafka_log.h"

namespace wakestream::log::kafka {

// A partition's writer stands in the metadata, where TransactionalWriter puts it.
Result<std::vector<CommittedOffset>> group_offsets(const KafkaOptions& kafka,
                                                   const GroupQuestion& question,
                                                   std::int32_t partition_count,
                                                   const Deadline& deadline);

}  // namespace wakestream::log::kafka
