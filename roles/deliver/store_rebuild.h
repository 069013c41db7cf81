// What is on record of a consumer, read back: where it goes on, whether it is paused, and what
// waits.
//
// Both topics are compacted, but a reader may still find older records of a key in front of its
// newest, and tombstones: the last one counts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "log/event_log.h"
#include "roles/deliver/command.h"
#include "roles/deliver/lane_store.h"
#include "roles/deliver/log_replay_record.h"
#include "roles/deliver/progress.h"
#include "roles/deliver/topics.h"

namespace wakestream::deliver {

struct Recorded {
  std::vector<std::optional<Progress>> progress;  // by partition; nothing: none was delivered yet
  std::optional<ConsumerState> state;
  std::optional<LogReplayState> replay;  // that goes on
};

// Reads the topics lanes and deadletter from their beginning to their present end into `store`,
// which is empty. `deadline` bounds the wait for the next record. A record that cannot be read is
// ErrorKind::corrupt, with topic, partition and offset; what the store could not keep is
// ErrorKind::unreachable. After an error the store is of no use.
log::Result<Recorded> rebuild(log::EventLog& event_log, const Topics& topics,
                              std::int32_t partition_count, log::Milliseconds deadline,
                              LaneStore& store);

// By partition: what is on record, else where the group stands (`positions`). What is on record
// counts even where Kafka has forgotten the group's positions: what is read again then is passed
// over. ErrorKind::topic_shape where the events end before it.
log::Result<std::vector<Progress>> where_it_goes_on(log::EventLog& event_log, const Topics& topics,
                                                    const Recorded& recorded,
                                                    const std::vector<std::int64_t>& positions,
                                                    log::Milliseconds deadline);

}  // namespace wakestream::deliver
