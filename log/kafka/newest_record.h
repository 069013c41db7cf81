// Finds the newest committed record of a key: see EventLog::latest.
//
// A compacted topic that is written in every transaction is mostly transaction markers and old
// versions of the same key, so it is read backwards: a window before its end first, then wider ones
// before that, until the key is found.
//
// Settled::required: the high watermark is read first, then the last stable offset until it has
// come up to it. Then all that stood in the partition when the call looked is decided. (The other
// way round, a busy topic would never settle.)
//
// Keeps one consumer between calls, because connecting costs more than reading. Safe from several
// threads: one call at a time, the others wait within their deadlines.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "log/event_log.h"
#include "log/kafka/committed_consumer.h"

namespace wakestream::log::kafka {

class NewestRecord {
 public:
  // `uncommitted` asks for high watermarks: a client with isolation.level=read_uncommitted. It
  // outlives this.
  NewestRecord(const KafkaOptions& kafka, const Client& uncommitted)
      : kafka_(kafka), uncommitted_(uncommitted) {}

  Result<std::optional<StoredRecord>> find(const std::string& topic, const std::string& key,
                                           Settled settled, const Deadline& deadline);

 private:
  Result<std::optional<StoredRecord>> find_locked(const std::string& topic, const std::string& key,
                                                  Settled settled, const Deadline& deadline);
  // The last stable offset up to which the answer holds.
  Result<std::int64_t> settled_end(const std::string& topic, Settled settled,
                                   const Deadline& deadline);
  // The key's last record at or behind `begin`; reading ends when `end` is reached.
  Result<std::optional<StoredRecord>> last_of(const std::string& topic, const std::string& key,
                                              std::int64_t begin, std::int64_t end,
                                              const Deadline& deadline);

  const KafkaOptions kafka_;
  const Client& uncommitted_;
  std::timed_mutex mutex_;
  std::unique_ptr<CommittedConsumer> consumer_;
};

}  // namespace wakestream::log::kafka
