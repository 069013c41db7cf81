// The writer of one file: log/event_log.h's Writer on SQLite.
//
// A transaction is one SQLite transaction, begun IMMEDIATE: from begin to commit it holds the
// file's write lock, which only ensure_topics of another process could want. Offsets are counted
// here, from the newest record of each partition, since nobody else writes; an aborted transaction
// leaves a gap.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/embedded/connection.h"
#include "log/embedded/retention.h"
#include "log/embedded/topic_registry.h"
#include "log/embedded/writer_lock.h"

namespace wakestream::log::embedded {

class FileWriter : public Writer {
 public:
  // Takes the generation: from now on no older writer of this file can commit. `connection` was
  // opened for writing.
  static Result<std::unique_ptr<FileWriter>> open(WriterLock lock, Connection connection,
                                                  const WriterOptions& options,
                                                  std::int64_t record_bytes_max,
                                                  std::unique_ptr<Cleaner> cleaner);

  ~FileWriter() override;
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  Result<void> begin() override;
  Result<void> produce(const Record& record) override;
  Result<void> commit(const ConsumedOffsets& consumed) override;
  Result<void> abort() override;

 private:
  struct Partition {
    Statement insert;
    std::int64_t next_offset = 0;
    bool next_offset_known = false;
  };
  struct Topic {
    StoredTopic stored;
    std::vector<Partition> partitions;
  };
  enum class State : std::uint8_t { idle, open, in_doubt };

  FileWriter(WriterLock lock, Connection connection, std::string name,
             std::int64_t record_bytes_max)
      : lock_(std::move(lock)),
        connection_(std::move(connection)),
        name_(std::move(name)),
        record_bytes_max_(record_bytes_max) {}

  Result<void> prepare();
  Result<void> take_generation(const std::string& incarnation);
  Result<void> check_generation();
  Result<void> write_consumed(const ConsumedOffsets& consumed);
  Result<Topic*> topic(std::string_view name);
  Result<Partition*> partition(Topic& topic, std::int32_t number);
  // Makes the slot ready to insert behind the partition's newest record.
  Result<void> find_end(const Topic& topic, std::int32_t number, Partition& slot);
  void keep_wal_small();
  // Nobody may use this writer any more.
  tl::unexpected<Error> give_up(Error error);
  tl::unexpected<Error> give_up(int code);
  tl::unexpected<Error> misused(const char* what) const;

  // The lock is released last, when the connection is closed.
  WriterLock lock_;
  Connection connection_;
  std::string name_;
  std::int64_t record_bytes_max_;
  Milliseconds transaction_deadline_{0};
  std::int64_t generation_ = 0;
  int wal_page_count_ = 0;  // set by SQLite in each commit
  int insist_at_page_count_ = 0;
  State state_ = State::idle;
  Statement begin_;
  Statement commit_;
  Statement rollback_;
  Statement is_ours_;
  Statement consume_;
  Statement consume_at_;
  std::map<std::string, Topic, std::less<>> topics_;
  std::string header_text_;
  std::unique_ptr<Cleaner> cleaner_;
};

}  // namespace wakestream::log::embedded
