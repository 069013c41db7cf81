// The thread that reads a snapshot's chunks, so that the stream goes on meanwhile.
//
// One task at a time: post it, and take its answer when the wakeup descriptor becomes readable. A
// task that is posted while another runs is next; the answer of the one before is then thrown away.
// The connection is opened for the first task and closed when none has come for a while.
//
// Used by the loop's thread alone.
#pragma once

#include <sys/eventfd.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cdc/snapshot/chunk_reader.h"
#include "cdc/snapshot/exported_reader.h"

namespace wakestream::capture {

class ChunkWorker {
 public:
  struct Options {
    cdc::SessionOptions session;
    std::string publication;
  };
  struct Task {
    std::optional<cdc::ServerInstance> server;  // the stream's; none: whichever answers
    std::string table;                          // "schema.table"
    cdc::ChunkRange range;
    // Not empty: every row of the table through this snapshot, which a slot's making exported, on
    // from where the task before it ended. Of the range only the limits count; with no rows the
    // snapshot is taken over, and nothing is read.
    std::string exported{};
  };
  // The table as it was described for the chunk; shared, because it is the same for many.
  struct Taken {
    std::shared_ptr<const cdc::SnapshotTable> table;
    cdc::SnapshotResult<cdc::Chunk> chunk;
  };

  explicit ChunkWorker(Options options);
  ~ChunkWorker();  // waits for the query that runs, which the session's interrupt_fd ends
  ChunkWorker(const ChunkWorker&) = delete;
  ChunkWorker& operator=(const ChunkWorker&) = delete;

  void post(Task task);
  // Makes the descriptor readable: somebody else has an answer.
  void wake() { eventfd_write(wakeup_fd_, 1); }
  // Nothing that was posted is wanted any more; what is read through an exported snapshot ends.
  void drop();
  std::optional<Taken> take();
  int wakeup_fd() const { return wakeup_fd_; }

 private:
  void run();
  Taken carry_out(const Task& task);
  cdc::SnapshotResult<cdc::Chunk> read(const Task& task);
  cdc::SnapshotResult<cdc::Chunk> read_exported(const Task& task);
  void describe_as(cdc::SnapshotTable table);

  Options options_;
  // The thread's own.
  std::unique_ptr<cdc::ChunkReader> reader_;
  std::unique_ptr<cdc::ExportedReader> exported_;
  std::string exported_name_;
  std::optional<cdc::ServerInstance> server_;  // that was asked for
  std::string described_;
  std::shared_ptr<const cdc::SnapshotTable> table_;
  std::chrono::steady_clock::time_point described_at_;
  std::uint64_t revision_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  bool lets_go_ = false;      // of what is exported
  std::uint64_t wanted_ = 0;  // the number of the task that was posted last; rises with drop, too
  std::optional<Task> task_;
  std::optional<Taken> taken_;
  int wakeup_fd_ = -1;
  std::thread thread_;
};

}  // namespace wakestream::capture
