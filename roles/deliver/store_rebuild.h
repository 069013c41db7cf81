// What is on record of a consumer, read back: where it goes on, whether it is paused, and what
// waits.
//
// Both topics are compacted, but a reader may still find older records of a key in front of its
// newest, and tombstones: the last one counts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "log/event_log.h"
#include "roles/deliver/command.h"
#include "roles/deliver/lane_store.h"
#include "roles/deliver/log_replay_record.h"
#include "roles/deliver/progress.h"
#include "roles/deliver/topics.h"
#include "roles/reading/share.h"

namespace wakestream::deliver {

struct Recorded {
  std::vector<std::optional<Progress>> progress;  // by partition; nothing: none was delivered yet
  // What `progress` is made of: by the partition that it stands in and the one that it is of; and
  // what earlier versions wrote, which stands in its own (progress.h).
  std::map<std::pair<std::int32_t, std::int32_t>, Progress> progress_at;
  std::map<std::int32_t, Progress> early_progress;
  // By the partition that it stands in: where the consumer is divided each share has its own.
  std::map<std::int32_t, ConsumerState> states;
  std::map<std::int32_t, LogReplayState> replays;  // that go on

  // Of the consumer: paused where any share is, by what happened last, and what commands all have
  // carried out; nothing: none was written.
  std::optional<ConsumerState> state() const;
  // Was it written by somebody who had all, or shares of `share_count`? Also where nothing was.
  bool is_divided_by(std::int32_t share_count) const;
};

// Reads the topics lanes and deadletter, the partitions of the share, from their beginning to their
// present end into `store`, which is empty. `deadline` bounds the wait for the next record. A
// record that cannot be read is ErrorKind::corrupt, with topic, partition and offset; what the
// store could not keep is ErrorKind::unreachable. After an error the store is of no use.
log::Result<Recorded> rebuild(log::EventLog& event_log, const Topics& topics,
                              std::int32_t partition_count, log::Milliseconds deadline,
                              LaneStore& store, reading::Share share = {});

// What is not by lane (`progress` is left empty), of all partitions.
log::Result<Recorded> read_states(log::EventLog& event_log, const Topics& topics,
                                  log::Milliseconds deadline);

// By partition, 0 where the position is log::left_out: what is on record, else where the group
// stands (`positions`). What is on record counts even where Kafka has forgotten the group's
// positions: what is read again then is passed over. ErrorKind::topic_shape where the events end
// before it.
log::Result<std::vector<Progress>> where_it_goes_on(log::EventLog& event_log, const Topics& topics,
                                                    const Recorded& recorded,
                                                    const std::vector<std::int64_t>& positions,
                                                    log::Milliseconds deadline);

}  // namespace wakestream::deliver
