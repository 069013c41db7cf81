// By how many a consumer is divided: on record, and changed as a whole.
//
// The topic of shares has a partition for each: so all instances agree on their number, and one
// that is configured with another one finds out. What a consumer has on record as such
// (ConsumerState) stands once where it is not divided, and else once for each share. Going from one
// number to another is one transaction of the undivided consumer's writer: every share gets what
// was true of the consumer, and the progress of its partitions, and in the topic of shares it says
// that this was done. Where that record is missing (the topic is new) the next one who wants a
// share does it.
//
// SAFETY. A writer of the old division commits nothing any more once the new one is on record: the
// undivided one and those of the old shares are opened first. One that begins again asks
// (check_division) behind its own opening, and is refused. Paused stays paused. A replay out of the
// log that goes on ends with a decision that says why; letters and lanes are each partition's, and
// stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "log/event_log.h"
#include "roles/deliver/lane_store_file.h"
#include "roles/deliver/store_rebuild.h"
#include "roles/deliver/topics.h"
#include "roles/reading/share.h"

namespace wakestream::deliver {

struct DivisionBy {
  std::string incarnation;
  std::int64_t now_ms = 0;
  log::Milliseconds deadline{10'000};
};

// Is the consumer divided as whoever has this share takes it to be? ErrorKind::topic_shape where it
// is not. `topics` are the share's, and its writer is open.
log::Result<void> check_division(log::EventLog& event_log, const Topics& topics,
                                 reading::Share share, log::Milliseconds deadline);

// Divides it by so many where that is not on record yet. `topics` are the undivided consumer's, and
// are there.
log::Result<void> divide(log::EventLog& event_log, const Topics& topics, std::int32_t share_count,
                         const DivisionBy& by);

struct OnRecord {
  std::unique_ptr<LaneStoreFile> store;
  Recorded recorded;
};
// What is on record of the share, whose writer is open, divided so: ErrorKind::topic_shape where it
// is divided otherwise (check_division). Who has all undoes a division that there is no topic of
// any more.
log::Result<OnRecord> read_share(log::EventLog& event_log, log::Writer& writer,
                                 const Topics& topics, reading::Share share, const DivisionBy& by,
                                 std::int32_t partition_count, std::size_t store_memory_bytes);

}  // namespace wakestream::deliver
