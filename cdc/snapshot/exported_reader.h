// Reads a whole table as it was at a slot's consistent point: through the snapshot that the making
// of the slot exported. What it gives and what streams from the slot are together everything, and
// nothing twice.
//
// One transaction from open to the last row. It holds back vacuum, and keeps the ACCESS SHARE lock
// of the table, for as long as that takes; memory holds what one read gives.
//
// Single-threaded; `interrupt_fd` of the options ends every call. After a problem it must be thrown
// away, and the slot with it: the snapshot cannot be had again.
//
// Source: PostgreSQL documentation, "SET TRANSACTION", "CREATE_REPLICATION_SLOT".
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cdc/session/replication_session.h"
#include "cdc/snapshot/reading_session.h"
#include "cdc/snapshot/row_block.h"
#include "cdc/snapshot/snapshot_problem.h"
#include "cdc/snapshot/snapshot_table.h"

namespace wakestream::cdc {

class ExportedReader {
 public:
  // The session that exported `snapshot` must do nothing before this has returned; what it does
  // then does no harm. `table` is "schema.table" of the publication.
  static SnapshotResult<std::unique_ptr<ExportedReader>> open(const SessionOptions& options,
                                                              const std::string& snapshot,
                                                              const std::string& publication,
                                                              const std::string& table);
  ExportedReader(const ExportedReader&) = delete;
  ExportedReader& operator=(const ExportedReader&) = delete;

  const SnapshotTable& table() const { return table_; }
  // When its transaction began, by the server's clock.
  std::int64_t read_at_us() const { return read_at_us_; }

  struct Rows {
    RowBlock rows;
    bool reached_end = false;  // of the table; nothing is to be read any more
  };
  // The next ones, in no order: so many, or a little more than so many bytes.
  SnapshotResult<Rows> read(std::size_t rows_max, std::size_t bytes_max);

 private:
  explicit ExportedReader(ReadingSession session) : session_(std::move(session)) {}
  SnapshotResult<void> import(const std::string& snapshot);
  SnapshotResult<void> look_at_table(const std::string& publication, const std::string& table);
  SnapshotResult<void> begin_rows();
  SnapshotResult<void> end_rows(ReadingSession::Clock::time_point deadline);

  ReadingSession session_;
  SnapshotTable table_;
  std::string doing_;
  std::int64_t read_at_us_ = 0;
  bool reads_ = false;
};

}  // namespace wakestream::cdc
