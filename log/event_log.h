// The event log: the one thing that survives.
//
// A log holds topics; a topic holds partitions; a partition holds records in order, each with an
// offset that only grows (offsets may have gaps). Everything is written by writers, in
// transactions, and read by readers, which see committed transactions only. Two backends keep this
// contract, and one test suite holds both to it (tests/contract/event_log_contract.h): log/embedded
// (SQLite, one machine) and log/kafka.
//
// WRITERS. A writer has a name ("capture"); of each name there is at most one that can commit.
// Opening a writer ends the days of the one before it: Kafka fences it (its commits fail from then
// on, its open transaction is aborted); the embedded log cannot fence a living process, so it
// refuses with ErrorKind::held, naming its pid, until that process is gone. Either way, once
// open_writer has returned, nothing that an older writer of this name began can still become
// visible. That is what makes reading the checkpoint after it final.
//
// TRANSACTIONS. begin, produce ..., commit. A transaction is atomic over every topic that it
// touches: a reader sees all of its records or, for ever, none. Records of one partition are read
// in the order in which they were produced, and transactions of one writer in the order of their
// commits. When commit returns success, the transaction is durable: it survives the end of the
// process and of the machine (embedded: after the fsync; Kafka: acknowledged by all in-sync
// replicas). When begin, produce or commit returns ErrorKind::in_doubt, nobody knows: the
// transaction may be committed, may still become committed, or may be gone. Close the writer, never
// use it again, and ask the log itself: open_writer, then latest.
//
// READERS. A reader sees committed records up to the last stable offset, in order for each
// partition, and never waits for a writer. It takes no locks that hold a writer up. Where retention
// took records between what a reader has read and what is left, poll says so once, with
// ErrorKind::removed and the offsets, and then goes on; a reader that has not begun yet
// (ReadFrom::earliest) begins with what is left. A reader that must not lose any commits its
// positions (ConsumedOffsets): the embedded log then keeps what it has not read.
//
// THREADS. An EventLog may be used from several threads at once. A Writer or a Reader belongs to
// one thread at a time. An EventLog outlives its writers and readers. Every wait has a deadline
// given by the caller.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/error.h"
#include "log/membership.h"
#include "log/record.h"

namespace wakestream::log {

using Milliseconds = std::chrono::milliseconds;

enum class Cleanup : std::uint8_t {
  by_age,   // records older than `retention` may go
  compact,  // of each key at least the newest record stays
};

struct TopicSpec {
  std::string name;
  std::string writer;  // who owns it, by name; the embedded log keeps one file a writer
  std::int32_t partition_count = 1;
  Cleanup cleanup = Cleanup::by_age;
  std::chrono::hours retention{7 * 24};
};

struct TopicShape {
  std::string name;
  std::int32_t partition_count = 0;   // as found in the log
  bool created = false;               // by this call
  std::int64_t record_bytes_max = 0;  // the largest record (key, value, headers and what is wrapped
                                      // around them) that can be written there now
  // How many copies each record has, and by how many a write must be acknowledged; 0 where that is
  // not said.
  std::int32_t copies = 0;
  std::int32_t copies_in_sync_min = 0;
};

// A partition of which readers see nothing from `stable_offset` on, since a transaction that is
// open began there.
struct HeldBackPartition {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t stable_offset = 0;
  std::int64_t hidden_count = 0;  // offsets behind it
};

// What this writer consumed, to be committed with what it writes. Capture consumes nothing from the
// log; the roles that do fill this, and read it back by EventLog::committed_offsets.
struct ConsumedOffsets {
  std::string group;
  struct Position {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t next_offset = 0;
  };
  std::vector<Position> positions;
};

// What a group reads next of one partition.
struct CommittedOffset {
  std::int64_t next_offset = 0;  // 0 where it has committed nothing
  // The incarnation of the writer that committed it, or that was opened in its place since; empty
  // where nobody has.
  std::string writer;
};

class Writer {
 public:
  virtual ~Writer() = default;  // closes: an open transaction is never committed by it. May wait
                                // for a second, not more

  virtual Result<void> begin() = 0;
  // Takes a copy. Full queues are waited out within the deadline.
  virtual Result<void> produce(const Record& record) = 0;
  // Durable when it returns success. `consumed` is committed in the same transaction.
  virtual Result<void> commit(const ConsumedOffsets& consumed) = 0;
  // Ends a transaction that was begun by this writer and is not to be seen by anybody.
  virtual Result<void> abort() = 0;
};

struct WriterOptions {
  std::string name;  // "capture": names the lock (embedded) and the transactional.id (Kafka, behind
                     // the pipeline)
  // Who opens it, for people and for the embedded log's check: "host pid start".
  std::string incarnation;
  Milliseconds open_deadline{10'000};
  Milliseconds transaction_deadline{10'000};  // for each of begin, produce and commit
};

enum class ReadFrom : std::uint8_t { earliest, latest };

// In place of an offset: that partition is somebody else's.
inline constexpr std::int64_t left_out = -1;

struct ReadBatch {
  std::vector<StoredRecord> records;
};

class Reader {
 public:
  virtual ~Reader() = default;
  // Up to `record_count_max` records, waiting for at most `wait` for the first.
  virtual Result<ReadBatch> poll(std::size_t record_count_max, Milliseconds wait) = 0;
  // Has everything that was committed when the last poll looked (or now) been handed over, in every
  // partition? Not known is not at the end. On Kafka each question is a request: ask only where the
  // answer is wanted.
  virtual bool at_end() = 0;
};

// When is the newest record of a key the last word?
enum class Settled : std::uint8_t {
  required,  // read to the end of the partition, and wait until nothing there is undecided (after
             // open_writer)
  as_it_is,  // read up to the last stable offset, whatever stands behind it (before open_writer; in
             // doubt)
};

// What a consumer group reads next in a topic, as its role committed it with what it wrote
// (ConsumedOffsets)?
struct GroupQuestion {
  std::string group;
  std::string topic;
  Settled settled = Settled::required;  // waits for a transaction that is open there
  // In which partitions; empty: in all. The answer says nothing of others, and what is open there
  // is not waited for.
  std::function<bool(std::int32_t)> in = {};
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Makes the topics that are missing (when `may_create`) and says what shape the others have. A
  // topic whose cleanup differs from its spec is ErrorKind::topic_shape; a different partition
  // count is reported, not judged.
  virtual Result<std::vector<TopicShape>> ensure_topics(std::span<const TopicSpec> specs,
                                                        bool may_create, Milliseconds deadline) = 0;

  virtual Result<std::unique_ptr<Writer>> open_writer(const WriterOptions& options) = 0;

  // Reads every partition of a topic.
  virtual Result<std::unique_ptr<Reader>> open_reader(const std::string& topic, ReadFrom from) = 0;

  // The same from these offsets on, one of each partition: where an earlier reader stood. Those at
  // `left_out` are not read, and hold up no end. Of a topic with another number of partitions
  // ErrorKind::topic_shape. Where retention took what stood at one of them (0 is the earliest that
  // there is) this, or the first poll, is ErrorKind::removed.
  virtual Result<std::unique_ptr<Reader>> open_reader_at(
      const std::string& topic, std::span<const std::int64_t> next_offsets) = 0;

  // For each partition of a topic an offset behind everything that is committed there now. Reads no
  // record.
  virtual Result<std::vector<std::int64_t>> end_offsets(const std::string& topic,
                                                        Milliseconds deadline) = 0;

  // One for each partition. Asked after open_writer has opened the one writer that commits for
  // these partitions, what is settled is final.
  virtual Result<std::vector<CommittedOffset>> committed_offsets(const GroupQuestion& question,
                                                                 Milliseconds deadline) = 0;

  // Partitions that one and the same open transaction holds back for `longer_than`, which is waited
  // when there are any. Where readers never wait for a writer there are none.
  virtual Result<std::vector<HeldBackPartition>> held_back(std::span<const std::string> topics,
                                                           Milliseconds longer_than,
                                                           Milliseconds deadline) = 0;

  // The newest committed record of `key` in a compacted topic of one partition; nothing when there
  // is none or when it is a tombstone. ErrorKind::unreachable when `settled` could not be reached
  // within `deadline`.
  virtual Result<std::optional<StoredRecord>> latest(const std::string& topic,
                                                     const std::string& key, Settled settled,
                                                     Milliseconds deadline) = 0;

  // Shares a topic's partitions with the other processes that do the same (membership.h).
  // ErrorKind::bad_option where a log belongs to one machine, and there is nobody to share with.
  virtual Result<std::unique_ptr<Membership>> join(const MembershipOptions& options) = 0;
};

}  // namespace wakestream::log
