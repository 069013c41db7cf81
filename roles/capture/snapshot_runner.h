// The snapshot's rows, from the tables to the batch: which chunk is read, and which of its rows go
// out at a commit.
//
// It takes note of what the stream touches while a snapshot is under way (cdc/snapshot/
// snapshot_window.h), and reads one chunk ahead of the one that waits. Its answers are the
// machine's inputs; nothing is decided here but which rows leave a chunk.
//
// Where the stream changed a row to something that the window does not know, the row leaves its
// chunk and is read again by its key: when there are many of them, and when the table's end is
// reached. A key that is changed so often that its row can never go out is left to the stream.
//
// Used by the loop's thread alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cdc/snapshot/touched_rows.h"
#include "cdc/stream/transaction_stream.h"
#include "mapping/mapper.h"
#include "mapping/rule_set.h"
#include "roles/capture/action.h"
#include "roles/capture/chunk_size.h"
#include "roles/capture/chunk_worker.h"
#include "roles/capture/context_feed.h"
#include "roles/capture/event_recorder.h"
#include "roles/capture/input.h"
#include "roles/capture/record_buffers.h"
#include "roles/capture/said_events.h"

namespace wakestream::capture {

class SnapshotRunner {
 public:
  struct Options {
    ChunkWorker::Options worker;
    std::size_t row_bytes_max = 1U << 20U;
    std::string decided_by;  // the incarnation, for people
  };

  // All outlive it, but `recorder` records nothing behind its end: what it does is heard here.
  SnapshotRunner(Options options, log::EventLog& event_log, const Topics& topics,
                 const RecordBuffers& buffers, EventRecorder& recorder);

  // The server that streams from now on: chunks are read from the same.
  void set_server(cdc::ServerInstance server) { server_ = std::move(server); }
  // `answer` about rules with what else was asked of it: which tables a pipeline's first snapshot
  // reads, what stands against reading the account context's. -> RulesChecked or PostgresFailed
  Input look_ahead(const action::CheckRules& what, const mapping::RuleSet& rules,
                   const mapping::ContextRule* context, Input answer) const;
  // The stream. Cheap while there is no snapshot.
  void began(const cdc::TransactionBegin& begin) {
    if (watches_) window_.began(begin.xid, begin.commit_lsn);
  }
  void saw(std::span<const cdc::RowChange> rows) {
    if (!watches_) return;
    for (const auto& row : rows) touched_.note(row, window_);
    if (window_.is_crowded()) make_room();
  }
  void ended() {
    if (watches_) window_.ended();
  }

  // Asks for a chunk. The answer comes from take_answer.
  void take(const action::TakeChunk& what, const mapping::RuleSet& rules);
  std::optional<Input> take_answer();
  // Puts the chunk's events into the recorder's batch, which is `batch` and empty; with the
  // decision that says so when the table is done. After ChunkFailed what is in there means nothing.
  Input apply(const action::ApplyChunk& what, std::uint32_t epoch,
              const std::shared_ptr<const mapping::RuleSet>& rules, EventRecorder& recorder,
              ContextFeed& context, RecordBatch& batch);
  // No chunk is wanted any more, or the stream has ended.
  void drop();

  int wakeup_fd() const { return worker_.wakeup_fd(); }

 private:
  struct Pending {
    std::uint64_t period = 0;  // of the window, when it was asked for
    ChunkWorker::Task task;
  };
  struct Ready {
    Pending asked;
    std::shared_ptr<const cdc::SnapshotTable> table;
    cdc::Chunk chunk;
  };
  // A row that goes out: the chunk's, or the stream's.
  struct OutgoingRow {
    const cdc::Relation* relation = nullptr;
    const cdc::RowBlock* block = nullptr;
    std::size_t row = 0;
    cdc::RowKey key;
  };
  // What becomes of a chunk's rows.
  struct Sorted {
    SnapshotPosition position;  // the new one
    std::uint64_t left_to_stream = 0;
    std::vector<OutgoingRow> rows;  // in this order
  };
  // `of_table` has the table's name already.
  static cdc::RowKey row_key(const cdc::SnapshotTable& table, cdc::RowKeyHash of_table,
                             const cdc::RowBlock& rows, std::size_t row);
  static SnapshotPosition::Key key_of(const cdc::SnapshotTable& table, const cdc::RowBlock& rows,
                                      std::size_t row);
  Sorted sort(const Ready& ready, const SnapshotPosition& position) const;

  bool compares_first(const SnapshotProgress& progress, const mapping::RuleSet& rules);
  std::optional<Input> take_comparison();
  cdc::SnapshotResult<std::vector<SnapshotTablePlan>> planned(
      const std::vector<std::string>& tables, const mapping::RuleSet& rules,
      const std::string& context_table) const;
  void watch(const SnapshotProgress& progress);
  ChunkWorker::Task task_for(const action::TakeChunk& what, const mapping::RuleSet& rules);
  void post(ChunkWorker::Task task);
  void read_ahead();
  void make_room();
  Input judged(ChunkWorker::Taken taken);
  Input not_compared();
  std::optional<std::string> record_rows(const Ready& ready, Sorted& sorted,
                                         const action::ApplyChunk& what, std::uint32_t epoch,
                                         EventRecorder& recorder, ContextFeed& context);
  std::optional<std::uint64_t> said_but_not_found(const SnapshotProgress& progress,
                                                  const cdc::Relation& table,
                                                  const mapping::RuleSet& rules) const;
  void record_table_done(const action::ApplyChunk& what, const input::ChunkApplied& applied,
                         const mapping::RuleSet& rules, RecordBatch& batch) const;

  Options options_;
  const Topics& topics_;
  cdc::ServerInstance server_;
  // What the stream touches, and which snapshot that is noted for; 0: none.
  bool watches_ = false;
  std::uint64_t number_ = 0;
  cdc::TouchedRows touched_;
  cdc::SnapshotWindow window_;
  // At most one of them is read: the one that is wanted, or the one behind the one that is ready.
  std::optional<Pending> asked_;
  bool wanted_ = false;  // an answer about `asked_` is owed to the machine
  std::optional<Ready> ready_;
  std::optional<ChunkWorker::Taken> ahead_;  // came while `ready_` waits
  std::uint64_t rows_max_ = 1;               // by the records that a chunk may give
  ChunkSize chunk_size_;
  // Since when no chunk was usable, because of transactions from before the window.
  std::optional<std::chrono::steady_clock::time_point> held_up_since_;
  std::shared_ptr<const mapping::RuleSet> rules_;
  std::unique_ptr<mapping::Mapper> mapper_;  // of rules_; the stream's own keeps what it knows
  // A snapshot of differences: an answer about a chunk is owed, and what was said is not known yet.
  bool comparison_wanted_ = false;
  // The table of which rows had gone out already when that was read; empty: none.
  std::string met_in_part_;
  ChunkWorker worker_;
  SaidEvents said_;  // its thread wakes the loop by the worker's descriptor
};

}  // namespace wakestream::capture
