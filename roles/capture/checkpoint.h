// The checkpoint: how far a pipeline has come. It is one record of the log, written in the same
// transaction as the events that it covers, and nothing else decides progress.
//
// It lives in the compacted topic wakestream.<pipeline>.checkpoint under the pipeline's name, as a
// JSON object. Format version 4; version 3 (without `context`), version 2 (also without `snapshot`,
// `snapshots` and `late_events`) and version 1 (also without `rules_since` and `control`) are read
// as well, and a version that is not known is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "cdc/lsn.h"
#include "roles/capture/snapshot_progress.h"

namespace wakestream::capture {

// One life of one process. Two of them are never equal.
struct Incarnation {
  std::string host;
  std::int64_t pid = 0;
  std::int64_t started_at_ms = 0;  // since the Unix epoch

  friend bool operator==(const Incarnation&, const Incarnation&) = default;
};

std::string to_string(const Incarnation& incarnation);  // "host pid 4711 since 1790000000000"

// How far the making of the pipeline has come. A record that says creating_slot or filling_context,
// found at a start, means that a slot of our name is ours, half made, and may be dropped. No record
// at all, and a slot of our name, means that a checkpoint was lost: that must never be mistaken for
// a first start.
//
// While it says filling_context, accounts come into the context topic as they were at `born_at`;
// where that was not ended it is begun anew with another slot, and what is there counts for
// nothing.
enum class Birth : std::uint8_t { creating_slot, filling_context, born };

// A transaction too large for one log transaction is written in parts; this says how many of its
// row changes are done. They are counted as received (before mapping, so that changed rules cannot
// shift the count). The LSN of the last one is a tripwire: on resume the row at that ordinal must
// have that LSN.
struct SplitPosition {
  cdc::Lsn commit_lsn;
  std::uint64_t rows_done = 0;
  cdc::Lsn last_row_lsn;
  std::uint32_t parts_done = 0;

  friend bool operator==(const SplitPosition&, const SplitPosition&) = default;
};

// From which row change on the rules in force are in force: behind row `row` of the transaction
// that commits at `lsn`, or from `lsn` on where `row` is 0. Events of changes before it were made
// by the rules of an earlier record.
struct RulesSince {
  cdc::Lsn lsn;
  std::uint64_t row = 0;

  friend auto operator<=>(const RulesSince&, const RulesSince&) = default;
};

// How far the commands of the control topic are carried out. A command that takes several log
// transactions keeps its own place in `step`.
struct ControlPosition {
  std::int64_t next_offset = 0;
  std::int64_t step = 0;

  friend auto operator<=>(const ControlPosition&, const ControlPosition&) = default;
};

// What the context topic holds.
struct ContextProgress {
  std::string rule_hash;   // by this rule; by another one nothing there counts
  std::uint64_t fill = 0;  // the snapshot that fills it, or did; 0: none
  cdc::Lsn filled_at;      // from here on it holds every account; 0: it does not yet

  bool is_filled() const { return filled_at.valid(); }
  friend bool operator==(const ContextProgress&, const ContextProgress&) = default;
};

struct Checkpoint {
  static constexpr int format_version = 4;

  std::string pipeline;
  std::uint32_t epoch = 1;  // raised only by an operator's decision; part of every event id
  Incarnation incarnation;  // who wrote this record
  std::uint64_t serial =
      0;  // one more than in the record before: names a record when a commit is in doubt
  std::string server;  // "host:port" of the server that the writer reads
  std::uint64_t system_identifier = 0;
  std::uint32_t timeline = 0;
  std::string slot;
  std::int64_t written_at_ms = 0;  // since the Unix epoch, by the writer's clock

  Birth birth = Birth::creating_slot;
  cdc::Lsn born_at;                        // the slot's consistent point
  std::int32_t event_partition_count = 0;  // of the events topic; never changes silently

  // End LSN of the last commit that gave records, or that a snapshot's row may show; 0/0 before the
  // first.
  cdc::Lsn emitted_through;
  cdc::Lsn
      read_through;  // everything before it is done: emitted_through, or idle progress beyond it
  std::optional<SplitPosition> split;

  std::string rules_hash;  // of the rules in force
  RulesSince rules_since;
  ControlPosition control;
  std::vector<std::string>
      event_types;  // the registry: a type's index is its place here; only grows

  std::optional<SnapshotProgress> snapshot;  // that is not done
  std::uint64_t snapshots = 0;               // begun so far
  // How many records said something of a row that no commit of the stream said at its place:
  // replayed and snapshot rows. Their sequence is made of it.
  std::uint64_t late_events = 0;

  std::optional<ContextProgress> context = std::nullopt;  // nothing: the pipeline keeps none

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

std::string encode_checkpoint(const Checkpoint& checkpoint);

// The error is a sentence: what is wrong with the record, never a guess at what it might have
// meant.
tl::expected<Checkpoint, std::string> decode_checkpoint(std::string_view json);

// Is it a record, of a format that this program does not know? Then another release can read it.
bool is_of_newer_format(std::string_view json);

// The registry of event types after `types` have joined it: known ones keep their index, new ones
// come behind.
std::vector<std::string> grow_registry(std::vector<std::string> registry,
                                       const std::vector<std::string>& types);

}  // namespace wakestream::capture
