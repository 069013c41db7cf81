// A reader of one topic: log/event_log.h's Reader on SQLite.
//
// Each poll reads a batch in one short transaction, bounded in records and bytes, so that it pins
// the WAL for a moment only and the process holds no more than a batch. SQLite tells nobody in
// another process that something was committed: while there is nothing to read, `PRAGMA
// data_version`, which looks at shared memory alone, is asked every 2 ms.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "log/embedded/connection.h"
#include "log/embedded/topic_registry.h"

namespace wakestream::log::embedded {

// Reads the record in the current row of a query for offset, timestamp_ms, key, value, headers.
Result<StoredRecord> stored_record(const Statement& row, const StoredTopic& topic,
                                   std::int32_t partition);

class FileReader : public Reader {
 public:
  static Result<std::unique_ptr<FileReader>> open(Connection connection, StoredTopic topic,
                                                  ReadFrom from);

  static Result<std::unique_ptr<FileReader>> open_at(Connection connection, StoredTopic topic,
                                                     std::span<const std::int64_t> next_offsets);

  Result<ReadBatch> poll(std::size_t record_count_max, Milliseconds wait) override;
  bool at_end() override { return at_end_; }

 private:
  struct Partition {
    Statement query;
    std::int64_t next_offset = 0;
    // False: it wants the earliest that there is, whatever that will be.
    bool has_begun = false;
    bool is_left_out = false;
  };

  FileReader(Connection connection, StoredTopic topic)
      : connection_(std::move(connection)), topic_(std::move(topic)) {}

  Result<void> prepare(ReadFrom from);
  // Was anything committed since the last call?
  Result<bool> something_new();
  Result<ReadBatch> read_batch(std::size_t record_count_max);
  // Is what this partition's reader wants next still there? When it is not, the error says what is
  // missing, and the next call goes on with what is left.
  Result<void> check_removed(std::int32_t number);
  // Adds records of one partition until the batch is full; says whether the partition's end was
  // reached.
  Result<bool> read_partition(std::int32_t number, std::size_t record_count_max, ReadBatch& batch,
                              std::size_t& batch_bytes);

  Connection connection_;
  StoredTopic topic_;
  Statement begin_;
  Statement end_;
  Statement data_version_;
  Statement removed_;  // empty while the file has no such table
  std::int64_t data_version_seen_ = -1;
  bool at_end_ = false;  // as of data_version_seen_
  std::vector<Partition> partitions_;
  std::int32_t first_partition_ = 0;  // of the next batch: a busy one must not starve the others
};

}  // namespace wakestream::log::embedded
