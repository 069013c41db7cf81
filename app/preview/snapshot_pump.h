// The rows that tables hold now, in chunks, as row changes of kind SNAPSHOT.
//
// The next chunk is read while the rows of the last one are looked at. Each is a short transaction
// of its own, so a viewer that takes its time holds nothing back in the server; rows of two chunks
// may be of two moments.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "app/preview/row_pump.h"
#include "roles/capture/chunk_size.h"
#include "roles/capture/chunk_worker.h"
#include "roles/capture/snapshot_progress.h"

namespace wakestream::preview {

class SnapshotPump final : public RowPump {
 public:
  // The session's interrupt_fd ends the waiting.
  SnapshotPump(capture::ChunkWorker::Options options,
               std::vector<capture::SnapshotTablePlan> tables);

  // At most one chunk, or a wait of 100 ms.
  Step step(RowViewer& viewer) override;

 private:
  void ask();
  Step show_all(RowViewer& viewer, const cdc::Relation& relation, const cdc::Chunk& chunk);

  int interrupt_fd_;
  std::deque<capture::SnapshotTablePlan> tables_;  // the first is being read
  cdc::ChunkRange range_;
  capture::ChunkSize chunk_size_;
  bool asked_ = false;
  mapping::ChangeOrigin origin_{1, {}, 0, 0};
  std::vector<cdc::Value> values_;
  capture::ChunkWorker worker_;
};

}  // namespace wakestream::preview
