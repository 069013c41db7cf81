// The checkpoint's place in the log: how capture reads and writes it, and whoever changes it by an
// operator's decision.
//
// Belongs to one thread at a time. Does not open writers: who may write is the caller's matter.
#pragma once

#include <cstdint>
#include <string>

#include "log/event_log.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/input.h"
#include "roles/capture/topics.h"

namespace wakestream::capture {

class CheckpointStore {
 public:
  struct Options {
    std::string pipeline;
    std::int32_t event_partition_count = 1;  // of a topic that is yet to be made
    bool may_create_topics = true;
    bool with_context = false;
    log::Milliseconds deadline{10'000};
    // A record that no release can read counts as none, for whoever puts another in its place.
    bool unreadable_is_none = false;
  };

  // `event_log` and `topics` outlive it.
  CheckpointStore(log::EventLog& event_log, const Topics& topics, Options options);

  // The newest record, and whether there are events when there is none. The first call makes the
  // topics that are missing, or looks at them; so does each one before a writer is opened, since
  // their limits may have changed (as_it_is). ErrorKind::corrupt when the record cannot be read.
  log::Result<input::CheckpointRead> read(log::Settled settled);
  // Joins the transaction that `writer` is in.
  log::Result<void> put(log::Writer& writer, const Checkpoint& checkpoint) const;

 private:
  log::Result<void> look_at_topics();
  log::Result<bool> events_exist();

  log::EventLog& log_;
  const Topics& topics_;
  Options options_;
  std::int32_t found_partition_count_ = 0;  // 0: the topics were not looked at yet
  std::int64_t found_record_bytes_max_ = 0;
};

}  // namespace wakestream::capture
