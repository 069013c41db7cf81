// Reads chunks of tables by an ordinary connection: each in a read-only transaction of its own with
// one snapshot, short, without a lock that a writer meets (ACCESS SHARE alone).
//
// The session has the settings of the replication session, so a value has the text form that the
// stream gives it. Row security does not filter: where it would, the server's error says so.
//
// Single-threaded. Every call may take as long as the server; `interrupt_fd` of the options ends
// it. After a problem the reader must be thrown away.
//
// Source: PostgreSQL documentation, "COPY"; "libpq: Functions Associated with the COPY Command".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cdc/session/replication_session.h"
#include "cdc/snapshot/row_block.h"
#include "cdc/snapshot/snapshot_problem.h"
#include "cdc/snapshot/snapshot_table.h"
#include "cdc/snapshot/snapshot_window.h"

namespace wakestream::cdc {

struct Chunk {
  ChunkSight sight;
  std::int64_t read_at_us = 0;  // when its transaction began, by the server's clock
  RowBlock again;               // in no order
  RowBlock rows;                // in the order of the key
  bool reached_end = false;     // no row of the table lies behind them
};

class ChunkReader {
 public:
  // Where the options say which server, never to another: its log and its snapshots would be
  // compared with another one's stream.
  static SnapshotResult<std::unique_ptr<ChunkReader>> connect(const SessionOptions& options);
  ~ChunkReader();
  ChunkReader(const ChunkReader&) = delete;
  ChunkReader& operator=(const ChunkReader&) = delete;

  // The publication's tables, as the stream describes them.
  SnapshotResult<std::vector<Relation>> published(const std::string& publication);

  // "schema.table" of a publication; why a snapshot cannot read it otherwise.
  SnapshotResult<SnapshotTable> describe(const std::string& publication, const std::string& table);

  // Is it a condition on the table's rows, for ChunkRange::where? In the server's words why not.
  SnapshotResult<void> check_condition(const SnapshotTable& table, const std::string& where);

  SnapshotResult<Chunk> read(const SnapshotTable& table, const ChunkRange& range);

 private:
  struct Impl;
  explicit ChunkReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace wakestream::cdc
