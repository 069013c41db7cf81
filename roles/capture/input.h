// What happens to the capture role: answers to its actions, what PostgreSQL sends, and time.
//
// Two channels answer. PostgreSQL's: one request at a time; after Disconnect nothing more comes
// from that connection. The log's: one operation at a time, and each is answered exactly once,
// however long it takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cdc/error.h"
#include "cdc/lsn.h"
#include "log/error.h"
#include "roles/capture/checkpoint.h"

namespace wakestream::capture {

// `mono_ms` never goes back and measures waits; `wall_ms` is since the Unix epoch and goes into
// records.
struct Time {
  std::int64_t mono_ms = 0;
  std::int64_t wall_ms = 0;
};

namespace input {

// From whoever runs the role.
struct Tick {};  // time has passed; also the first input of all
struct Stop {};  // end in good order

// From PostgreSQL.
struct Connected {
  std::string server;
  std::string database;
  std::uint64_t system_identifier = 0;
  std::uint32_t timeline = 0;
  bool in_recovery = false;
  int version_num = 0;
  std::string wal_level;
  std::int64_t wal_sender_timeout_ms = 60'000;
};
struct Identified {  // the answer to Identify
  Connected server;
};
struct PostgresFailed {  // an answer that is an error, or the connection is gone
  cdc::Error error;
};
struct LeaseAnswered {
  bool granted = false;
  std::string holder;    // for a person
  bool our_own = false;  // the holder is a connection of this process that the server still keeps
};
struct SlotFound {
  struct Slot {
    std::string plugin;
    std::string database;
    bool active = false;
    int active_pid = 0;
    bool lost = false;
    bool two_phase = false;
    cdc::Lsn confirmed_flush;
    std::string invalidation;  // why it is lost, by PostgreSQL's name; may be empty
    bool synced = false;       // a standby's copy of its primary's slot
  };
  std::optional<Slot> slot;
  cdc::Lsn wal_end;  // of the server, flushed (a standby: replayed), asked after the lease was got
};
struct SlotDropped {};
struct SlotAwaited {     // the answer to ExplainSlot: CreateSlot is not done
  std::string for_what;  // "the transaction of pid 4711 to end"
};
struct SlotCreated {
  cdc::Lsn consistent_point;
  std::string snapshot{};  // the exported one's name, where that was asked for
};
struct HistoryRead {
  struct Switch {
    std::uint32_t timeline = 0;  // was left ...
    cdc::Lsn switch_point;       // ... here
  };
  std::vector<Switch> switches;
};
struct RulesChecked {
  std::vector<std::string> problems;  // sentences; empty when every rule fits its table
  // Of the first snapshot, where it was asked for: its tables, and what stands against them.
  std::vector<SnapshotTablePlan> snapshot{};
  std::string snapshot_problem{};
  std::string context_problem{};  // what stands against reading the context's table
};
struct StreamStarted {};

// From the stream, in the order in which it was sent.
struct Began {
  cdc::Lsn commit_lsn;
};
struct RowReceived {
  std::uint64_t ordinal = 0;  // in its transaction, from 1
  cdc::Lsn lsn;
};
struct RowMapped {  // the answer to MapRow: what it adds to `open`, and to what waits
  std::uint64_t record_count = 0;
  std::uint64_t byte_count = 0;
  // Something of this row, or of one before it, waits for its account to be known.
  bool waits = false;
};
struct WaitingSettled {  // the answer to SettleWaiting: what stands in `open` now
  std::uint64_t record_count = 0;
  std::uint64_t byte_count = 0;
};
struct RuleBroken {  // the other answer to MapRow
  std::string reason;
};
struct Ended {
  cdc::Lsn commit_lsn;
  cdc::Lsn end_lsn;
};
struct KeptAlive {
  cdc::Lsn wal_end;
  bool reply_requested = false;
};

// A command (of the control topic, or a signal), prepared by whoever runs the role so that carrying
// it out cannot fail. Given only while takes_command() says so; kept until CommandDone.
struct CommandReady {
  struct NewRules {
    std::string hash;
    std::vector<std::string> event_types;
    bool join_context = false;
  };
  std::int64_t offset = -1;  // in the control topic; below 0: it did not come from there
  // A command may take several log transactions: this is the step that begins here (the first is
  // 0), and where the next begins. Nothing: this is the last.
  std::int64_t step = 0;
  std::optional<std::int64_t> next_step;
  // Carried out at the first commit that this position is not behind.
  cdc::Lsn not_before;
  std::optional<NewRules> rules;  // to be in force from then on
  std::optional<SnapshotChange> snapshot;
};
struct CommandApplied {  // the answer to ApplyCommand: what joined `sealed`
  std::uint64_t record_count = 0;
  std::uint64_t byte_count = 0;
};

// Of the snapshot.
// Before the answer to TakeChunk: what was said is read from the log first, for a snapshot that
// gives only what differs from it, and so many records of so many have been.
struct ComparisonRead {
  std::uint64_t read = 0;
  std::uint64_t to_read = 0;
};
struct ChunkReady {
  cdc::Lsn not_before;  // it goes out at the first commit that this position is not behind
};
struct ChunkFailed {
  std::string reason;    // a sentence; empty when it is not worth one
  bool passing = false;  // it is asked for again; else the snapshot pauses
};
struct ChunkApplied {  // what joined `sealed`, and how far the table is done with it
  std::uint64_t record_count = 0;
  std::uint64_t byte_count = 0;
  SnapshotPosition position;
  std::uint64_t left_to_stream = 0;
  // Of a table that is done and was compared: accounts that something was said of, and that it does
  // not have any more. Nothing: not known.
  std::optional<std::uint64_t> said_but_not_found{};
};

// Of the fill of a new pipeline's account context.
struct SnapshotImported {};
struct AccountsTaken {  // what joined `sealed`
  std::uint64_t record_count = 0;
  std::uint64_t byte_count = 0;
  std::uint64_t row_count = 0;
  bool reached_end = false;  // of the table
};
struct FillFailed {
  std::string reason;    // a sentence
  bool passing = false;  // with another slot it may succeed; else somebody must mend something
};

// From the log.
struct CheckpointRead {
  std::optional<Checkpoint> checkpoint;
  std::int32_t event_partition_count = 0;  // as the log has it
  bool events_exist = false;               // only looked at when there is no checkpoint
  std::int64_t record_bytes_max = 0;       // of events and quarantine, as the log has it
};
struct LogFailed {  // ReadCheckpoint or OpenWriter did not succeed; nothing is in doubt
  log::Error error;
};
struct KeyFailed {       // ReadCheckpoint with the context: the key store does not give the key
  std::string reason;    // a sentence
  bool passing = false;  // the store did not answer; else a person must mend it
};
struct WriterOpened {};
struct WriterClosed {};
struct Committed {};
// The transaction was not begun, because the server no longer is on the timeline that is being read
// (it was promoted, or follows one that was), or could not say so.
struct NotWritten {
  std::uint32_t timeline = 0;  // as the server says; 0: it did not answer, and `reason` says why
  std::string reason;
};
struct InDoubt {  // nobody knows what became of the transaction
  log::Error error;
};

}  // namespace input

using Input =
    std::variant<input::Tick, input::Stop, input::Connected, input::Identified,
                 input::PostgresFailed, input::LeaseAnswered, input::SlotFound, input::SlotDropped,
                 input::SlotAwaited, input::SlotCreated, input::HistoryRead, input::RulesChecked,
                 input::StreamStarted, input::Began, input::RowReceived, input::RowMapped,
                 input::WaitingSettled, input::RuleBroken, input::Ended, input::KeptAlive,
                 input::CommandReady, input::CommandApplied, input::ComparisonRead,
                 input::ChunkReady, input::ChunkFailed, input::ChunkApplied,
                 input::SnapshotImported, input::AccountsTaken, input::FillFailed,
                 input::CheckpointRead, input::LogFailed, input::KeyFailed, input::WriterOpened,
                 input::WriterClosed, input::Committed, input::NotWritten, input::InDoubt>;

std::string_view name_of(const Input& input);

}  // namespace wakestream::capture
