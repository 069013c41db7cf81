// The event log on one machine, without a server: SQLite files in one folder.
//
//   <path>/<writer>.sqlite   everything that writer writes: its topics, in tables, and who it is
//   <path>/<writer>.lock     held (flock) by the process that has the writer open; its text says
//                            "incarnation (pid N)"
//
// One file a writer, so that a transaction never spans files and no writer waits for another's
// fsync. The files are in WAL mode with synchronous=FULL: commit returns after the fsync. Readers,
// in this process and in others, never block the writer. They read in short transactions, a bounded
// batch at a time, so that the WAL is recycled at 8 MiB; a foreign reader that stays inside a
// transaction lets it grow until it leaves.
//
// For people and for independent readers (Python's sqlite3, the sqlite3 shell) each file has a view
//
//     records(topic, partition, offset, timestamp_ms, key, value, headers)
//
// `offset` is searched by index when topic and partition are given. A key or value that is UTF-8
// without zero bytes is TEXT, any other a BLOB, a tombstone's value NULL. Headers are the text of a
// JSON object, in order, where a value that is no such text stands as {"hex":"00ff"}. The tables
// behind the view are ours to change.
//
// LIMITS. A record (key, value and headers) has at most `record_bytes_max` bytes; a topic 1 to 64
// partitions, a file 500; names are letters, digits, '.', '_' and '-'. The path must be on a local
// file system: locks and the shared memory of WAL mode do not work over a network. Should they fail
// all the same, the generation row, which each commit checks, lets only the newest writer commit.
// An fsync takes as long as the disk wants: the deadlines bound the waits for locks, not the disk.
//
// CLEANUP. Compacted topics keep exactly the newest record of a key, tombstones included. Topics by
// age keep everything, unless `retention` says what may go: then the writer removes old records
// between its transactions (retention.h). Room that this frees in a file is used again; the file
// does not shrink.
//
// ERRORS, beyond what log/error.h says. A full or failing disk under a transaction is in_doubt,
// with the reason in words ("disk full: ..."); while a log is being opened it is unreachable. A
// file of another program or of a newer format is corrupt, and is left as it is.
//
// Sources: SQLite documentation, "Write-Ahead Logging", "PRAGMA Statements", "Result and Error
// Codes".
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/event_log.h"

namespace wakestream::log::embedded {

// What retention did, or why it could not.
struct RetentionReport {
  std::string topic;
  std::int32_t partition = 0;
  std::uint64_t removed = 0;    // records
  std::int64_t first_kept = 0;  // offset; known when something was removed
  std::string held_by;          // the consumer group whose unread records stay beyond the limits
  std::int64_t held_from = 0;   // what it reads next
  std::string failure;          // a sentence; nothing was removed then
};

// Which records may go. Without age and size none does.
struct RetentionOptions {
  std::optional<std::chrono::seconds> age;
  std::int64_t bytes_max = 0;       // of the file without its free pages; 0 is no limit
  std::vector<std::string> topics;  // these alone; compacted ones are left as they are
  // Called on the writer's thread: for a removal, for a reader that is in the way (once), for a
  // failure (once).
  std::function<void(const RetentionReport&)> tell;
};

struct EmbeddedOptions {
  std::string path;  // the folder; made, for its owner alone, with the first topic or writer
  std::int64_t file_bytes_max = 0;  // of each writer's file, its WAL not counted; 0 is no limit
  std::int64_t record_bytes_max = 16 * 1024 * 1024;
  RetentionOptions retention;
};

// Touches no file. bad_option when the options cannot work.
Result<std::unique_ptr<EventLog>> open_embedded_log(const EmbeddedOptions& options);

}  // namespace wakestream::log::embedded
