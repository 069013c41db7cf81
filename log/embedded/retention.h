// Retention of one writer's file: old records of the topics that it is told of go, by age and by
// size, while the writer writes and readers read.
//
// The writer does it itself, between two of its transactions, in small ones of their own: so a
// crash in the middle leaves a removal whole or undone, and nobody waits for more than a few
// hundredths of a second. What is removed is a prefix of a partition, and `removed` says up to
// where, in the same transaction: a reader that wanted those records is told (ErrorKind::removed).
//
// THE NEWEST record of each partition stays: the next offset follows from it, so that none is ever
// used twice.
//
// READERS THAT ARE KNOWN hold what they have not read. A reader is known by the positions that its
// role commits with what it writes (ConsumedOffsets): they stand in the `consumed` tables of the
// folder's files. While one of them is in the way, its records stay beyond age and size, and the
// report names it.
//
// SIZE. What is compared with the limit is the file without its free pages. Their room is used
// again by what is written next; the file itself does not shrink.
//
// Not thread-safe: the writer's thread owns it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/embedded/connection.h"
#include "log/embedded/embedded_log.h"
#include "log/embedded/log_file.h"
#include "log/embedded/topic_files.h"
#include "log/embedded/topic_registry.h"

namespace wakestream::log::embedded {

class Cleaner {
 public:
  Cleaner(RetentionOptions options, TopicFiles& files)
      : options_(std::move(options)), files_(files) {}

  // Outside of a transaction. At most once a second, unless there is more to remove than fits into
  // one round. A failure leaves everything as it was, is reported, and is tried again later.
  void clean(Connection& connection, std::int64_t now_ms);

 private:
  struct Partition {
    const StoredTopic* topic = nullptr;
    std::int32_t number = 0;
    std::int64_t newest = -1;
    std::int64_t held_from = 0;  // the lowest offset that a known reader has not read
    std::string held_by;
    std::int64_t before_offset = 0;  // everything below it is removed by this round
    std::uint64_t removed = 0;
    bool wanted_more = false;  // the holder is in the way
  };
  using Readers =
      std::map<std::pair<std::string, std::int32_t>, std::pair<std::int64_t, std::string>>;

  Result<bool> round(Connection& connection, std::int64_t now_ms);
  Result<Readers> known_readers(Connection& connection);
  Result<void> add_readers(Connection& connection, Readers& readers);
  Result<std::vector<Partition>> partitions(Connection& connection, const Readers& readers);
  Result<bool> by_age(Connection& connection, Partition& partition, std::int64_t cutoff_ms);
  Result<bool> by_size(Connection& connection, std::vector<Partition>& all);
  // Removes the oldest records: those older than `cutoff_ms`, and no more than give `bytes_max`.
  // How many.
  Result<std::uint64_t> remove(Connection& connection, Partition& partition, std::int64_t cutoff_ms,
                               std::int64_t bytes_max);
  Result<void> write_down(Connection& connection, const std::vector<Partition>& all);
  void report(const std::vector<Partition>& all);

  RetentionOptions options_;
  TopicFiles& files_;
  std::vector<StoredTopic> topics_;
  std::int64_t due_ms_ = 0;
  std::int64_t give_up_ms_ = 0;
  std::map<std::string, std::string> said_held_;  // by topic: who
  std::string said_failure_;
};

}  // namespace wakestream::log::embedded
