// What the capture role wants done. Whoever runs it carries actions out in the order given and
// answers each as its comment says.
//
// Three buffers of records stand behind MapRow and Write, all owned by whoever runs the role:
//   open       the records of the transaction that is being read
//   sealed     whole transactions, waiting for the writer
//   in flight  what the writer was given, kept until its outcome is known
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cdc/lsn.h"
#include "log/event_log.h"
#include "roles/capture/checkpoint.h"

namespace wakestream::capture {

// Where an event stands that no commit of the stream gave: behind everything that was said before
// it and before every commit to come. Its sequence is made of it.
struct LatePlace {
  cdc::Lsn said_at;  // events of commits before it are in the log; later ones begin there
  std::uint64_t late_events = 0;  // said so far
};

namespace action {

// To PostgreSQL.
struct Connect {};     // -> Connected or PostgresFailed
struct Disconnect {};  // no answer; the lease goes with the connection
struct TryLease {};    // -> LeaseAnswered or PostgresFailed
struct Identify {};    // -> Identified or PostgresFailed
struct FindSlot {};    // -> SlotFound or PostgresFailed
struct DropSlot {};    // -> SlotDropped or PostgresFailed
struct CreateSlot {    // -> SlotCreated or PostgresFailed, after any time
  // What was committed before its consistent point can be read until the session's next request.
  bool exports_snapshot = false;
};
struct ExplainSlot {};         // while CreateSlot is not done -> SlotAwaited
struct CheckRules {            // -> RulesChecked or PostgresFailed
  bool plan_snapshot = false;  // and which tables the pipeline's first snapshot will read
  bool reads_context = false;  // and whether the context's table can be read
};
struct ReadHistory {  // -> HistoryRead or PostgresFailed
  std::uint32_t timeline = 0;
};
struct StartStream {  // -> StreamStarted or PostgresFailed, then what the stream sends
  cdc::Lsn from;
};
struct SendFeedback {  // no answer of its own
  cdc::Lsn flushed;
  bool reply_requested = false;  // the lease's ping: a KeptAlive comes back while the session lives
};

// To the mapper and the buffers.
struct MapRow {};  // the row just received, into `open` -> RowMapped or RuleBroken
// Rows in `open` whose account was not known wait for it no longer: what can be said of them goes
// into `open`. -> WaitingSettled
struct SettleWaiting {};
struct SealOpen {};     // `open` goes behind what is in `sealed`
struct DropBuffers {};  // all three are emptied: what they held will be read again
struct ReleaseInFlight {};
// From here on records are numbered and stamped with this epoch and registry, and rules that join
// the account context are in force or not.
struct AdoptRegistry {
  std::uint32_t epoch = 1;
  std::vector<std::string> event_types;
  bool context_filled = false;
};

// At a commit: the prepared command's records go behind what is in `sealed`, and its rules are in
// force for every row from here on. -> CommandApplied, with at least one record
struct ApplyCommand {
  cdc::Lsn at;             // everything before it is done
  RulesSince rules_since;  // of the rules that are in force then
  LatePlace late;          // of events that it gives
  std::uint64_t snapshot;  // the number of the one that was begun last
  std::string refusal;     // not empty: it cannot be done now, and only its decision is written
};
// What the command did is durable, here or by another instance. The next may come: the first that
// is not before `next`.
struct CommandDone {
  ControlPosition next;
};

// A chunk of the snapshot's first table, from its position on, for at most so many records.
// -> ChunkReady or ChunkFailed; until then, of a snapshot of differences, ComparisonRead
struct TakeChunk {
  SnapshotProgress progress;
  std::uint64_t records_max = 0;
};
// At a commit: the chunk's rows go behind what is in `sealed`, but for those whose keys were
// touched by transactions that the chunk does not see. -> ChunkApplied or ChunkFailed
struct ApplyChunk {
  SnapshotProgress progress;
  LatePlace late;
  // The account context is filled anew, and begins here: no account is known before these rows.
  bool empties_context = false;
};
// Of a new pipeline: the snapshot that the making of the slot exported is taken over, to read the
// account context's table. Until the answer nothing may be asked of PostgreSQL.
// -> SnapshotImported or FillFailed
struct ImportSnapshot {
  std::string snapshot;
  std::string table;
};
// The next rows of that table: the context that they give goes into `sealed`.
// -> AccountsTaken or FillFailed
struct TakeAccounts {
  std::uint64_t rows_max = 0;
  bool empties_context = false;  // no account is known before these
  std::uint32_t epoch = 1;
  LatePlace late;  // of what goes to quarantine
};
// No chunk is wanted for now; what was asked for is not answered.
struct DropChunk {};

// To the log; one at a time.
struct ReadCheckpoint {  // -> CheckpointRead, LogFailed or KeyFailed
  log::Settled settled = log::Settled::required;
  // The account context is read to the end of its topic too. Only while no rows are mapped.
  bool with_context = false;
};
struct OpenWriter {};   // -> WriterOpened or LogFailed
struct CloseWriter {};  // -> WriterClosed, always
// One transaction of the log: begin, the records, the checkpoint, commit. -> Committed, NotWritten
// or InDoubt
struct Write {
  enum class Records : std::uint8_t {
    none,    // the checkpoint alone
    sealed,  // `sealed` becomes `in flight`
    open,    // `open` becomes `in flight`: a part of a transaction too large for one
    again,   // `in flight`, once more
  };
  Records records = Records::none;
  Checkpoint checkpoint;
  std::uint32_t split_part = 0;  // from 1: the records say that they are a part
  // Not before the server has said once more that it is on the checkpoint's timeline: asked after
  // all that is written was received, so that it is of that timeline.
  bool asks_timeline = false;
};

// To people.
enum class Level : std::uint8_t { info, warning, error };
struct Say {
  Level level = Level::info;
  std::string event;    // a stable name: "lease_waiting"
  std::string message;  // a sentence
  std::vector<std::pair<std::string, std::string>> fields;
};
struct Exit {
  int code = 0;  // 0 as asked, 1 refused, 75 try again later
  std::string reason;
};

}  // namespace action

using Action =
    std::variant<action::Connect, action::Disconnect, action::TryLease, action::Identify,
                 action::FindSlot, action::DropSlot, action::CreateSlot, action::ExplainSlot,
                 action::CheckRules, action::ReadHistory, action::StartStream, action::SendFeedback,
                 action::MapRow, action::SettleWaiting, action::SealOpen, action::DropBuffers,
                 action::ReleaseInFlight, action::AdoptRegistry, action::ApplyCommand,
                 action::CommandDone, action::TakeChunk, action::ApplyChunk, action::DropChunk,
                 action::ImportSnapshot, action::TakeAccounts, action::ReadCheckpoint,
                 action::OpenWriter, action::CloseWriter, action::Write, action::Say, action::Exit>;

}  // namespace wakestream::capture
