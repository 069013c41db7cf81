// How far a snapshot has come: part of the checkpoint, so that its rows' events and its progress
// are one transaction of the log.
//
// A pipeline has at most one snapshot at a time. It reads its tables one after another, each in the
// order of its key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cdc/lsn.h"

namespace wakestream::capture {

struct SnapshotTablePlan {
  std::string name;   // "schema.table"
  std::string where;  // SQL; empty: every row

  friend bool operator==(const SnapshotTablePlan&, const SnapshotTablePlan&) = default;
};

// Of the table that is being read.
struct SnapshotPosition {
  using Key = std::vector<std::string>;
  // More keys than that, or so many bytes of them, do not wait: the table is not read on before
  // they are done.
  static constexpr std::size_t again_max = 200;
  static constexpr std::size_t again_bytes_max = 32U << 10U;

  Key after;                 // the last key that is done; empty: none yet
  bool reached_end = false;  // no row lies behind it: only `again` is left
  // Keys before it whose row could not go out, because a transaction that their chunk did not see
  // had touched them.
  std::vector<Key> again;
  std::uint32_t again_rounds = 0;   // how often only such keys were read, in vain
  std::uint64_t rows = 0;           // done
  std::int64_t rows_estimated = 0;  // below 1: not known
  std::uint64_t unchanged = 0;      // events of them that had been said already, and were left out

  bool done() const { return reached_end && again.empty(); }
  friend bool operator==(const SnapshotPosition&, const SnapshotPosition&) = default;
};

struct SnapshotProgress {
  std::uint64_t number = 0;  // of the pipeline's snapshots, from 1
  std::string id;     // of the command that asked for it, first_snapshot_id or context_fill_id
  cdc::Lsn began_at;  // everything that commits before it had been read when it began
  std::int64_t began_at_ms = 0;
  bool paused = false;
  std::string paused_because;             // empty: somebody asked for it
  std::vector<SnapshotTablePlan> tables;  // not done; the first is being read
  SnapshotPosition position;              // in it
  std::uint64_t tables_done = 0;
  std::uint64_t rows_done = 0;  // of them
  std::uint64_t left_to_stream =
      0;  // keys that were changed so often that their row never went out
  // Only what differs from what was said last of its account is said.
  bool differences = false;
  std::uint64_t unchanged_done = 0;  // of the tables that are done
  // While what was said is read from the log: records, done and in all. 0: it is known, or not
  // asked for.
  std::uint64_t said_read = 0;
  std::uint64_t said_to_read = 0;
  std::string consumer = {};  // for this one alone; empty: for everybody

  friend bool operator==(const SnapshotProgress&, const SnapshotProgress&) = default;
};

// A command about snapshots.
struct SnapshotChange {
  enum class Kind : std::uint8_t { start, pause, resume, cancel };
  Kind kind = Kind::start;
  std::string id;                         // start: of the command
  std::vector<SnapshotTablePlan> tables;  // start: at least one
  bool differences = false;               // start
  std::string consumer = {};              // start
};

// The id of the one that a pipeline is born with; others have their command's.
inline constexpr const char* first_snapshot_id = "birth";

// The id of one that capture begins by itself, to fill the account context.
inline constexpr const char* context_fill_id = "context";

// What becomes of the pipeline's snapshot; the error is a sentence why nothing does. `number` is
// the next snapshot's.
tl::expected<std::optional<SnapshotProgress>, std::string> change_snapshot(
    std::optional<SnapshotProgress> progress, const SnapshotChange& change, std::uint64_t number,
    cdc::Lsn at, std::int64_t now_ms);

// The first table is done: on to the next one. Nothing when it was the last.
std::optional<SnapshotProgress> next_table(SnapshotProgress progress);

}  // namespace wakestream::capture
