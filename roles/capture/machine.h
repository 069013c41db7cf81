// The capture role's decisions: a pure state machine.
//
//   Input (an answer, a message of the stream, time) -> step -> Actions, in order
//
// It promises, whatever fails and whenever (design, P2):
//   - every record of every committed transaction is in the log exactly once, in commit order;
//   - PostgreSQL is told to forget only what a committed checkpoint covers:
//     slot.confirmed_flush_lsn <= checkpoint.read_through_lsn, always;
//   - the checkpoint that counts is the one read after every older writer was fenced;
//   - a writer whose commit is in doubt is closed and never used again;
//   - when it cannot go on without guessing, it refuses, with the reason and the way out.
//
// It does no I/O, reads no clock, starts no thread and draws its jitter from a seed, so the
// simulator (tests/simulation) can run it against a simulated server, log, clock and crashes.
// roles/capture/capture_loop.h runs it against real ones.
//
// HOW RECORDS TRAVEL. Rows of the transaction being read are mapped into `open`. At its commit
// `open` joins `sealed`; whenever the writer is free, `sealed` goes out with the checkpoint behind
// its last commit. So a transaction of PostgreSQL is whole in one transaction of the log, and many
// small ones share one. When `open` alone reaches the limit, it goes out as a part, with a
// checkpoint that says how many rows are done. When a buffer is full and the writer is not free,
// wants_messages() is false until it is: memory is bounded by three log transactions.
//
// A SNAPSHOT is rows between the commits: chunk by chunk it is asked for, waits until the stream
// has passed what its query may have seen, and joins an empty `sealed` at a commit. Its progress is
// in the checkpoint of the log transaction that holds its records.
//
// Not thread-safe. The span returned by step is valid until the next step.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "roles/capture/action.h"
#include "roles/capture/input.h"
#include "roles/capture/settings.h"
#include "roles/capture/state.h"

namespace wakestream::capture {

class Machine {
 public:
  explicit Machine(Settings settings);

  std::span<const Action> step(Time now, const Input& input);

  State state() const { return state_; }
  // May the next message of the stream be read now?
  bool wants_messages() const;
  // May a command be given now? One at a time.
  bool takes_command() const { return streams() && !command_; }
  // A Tick is due at this monotonic time at the latest.
  std::int64_t next_tick_ms() const;
  // The last checkpoint known to be committed; nothing before the first is read or written.
  const std::optional<Checkpoint>& durable() const { return durable_; }

 private:
  // How much stands in a buffer.
  struct Fill {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
  };
  // The transaction of PostgreSQL that is being read.
  struct Transaction {
    cdc::Lsn commit_lsn;
    bool covered = false;                // the checkpoint says that it is done
    std::uint64_t rows_done_before = 0;  // rows that an earlier part covered
    cdc::Lsn last_row_lsn_before;        // the tripwire
    std::uint64_t rows_received = 0;
    cdc::Lsn last_row_lsn;
    std::uint32_t parts_done = 0;
    bool gave_records = false;
    bool waits = false;                  // a row of it waits for its account
    std::optional<cdc::Lsn> settles_at;  // its commit came, and what waits is being settled
    std::optional<cdc::Lsn> ended_at;    // its commit came, but `open` waits for room in `sealed`
  };
  enum class LogOperation : std::uint8_t {
    none,
    read,
    open,
    close,
    write_birth,
    write_fill,
    write_claim,
    write_progress
  };

  // How far the fill of a new pipeline's context is.
  struct FillAtBirth {
    bool begun = false;  // something of it is in the log, or on its way there
    bool reached_end = false;
    std::uint64_t rows = 0;
    std::int64_t take_due_ms = std::numeric_limits<std::int64_t>::max();
    std::int64_t ping_due_ms = std::numeric_limits<std::int64_t>::max();
    std::int64_t told_ms = 0;
  };

  // Where the command's records are.
  enum class CommandStage : std::uint8_t { waiting, applying, sealed, in_flight };
  // Where the snapshot's chunk is. Once its records are sealed, it is the checkpoint's matter.
  enum class ChunkStage : std::uint8_t { none, asked, ready, applying };

  // machine.cc
  void act(Action action) { actions_.push_back(std::move(action)); }
  void say(action::Level level, std::string event, std::string message,
           std::vector<std::pair<std::string, std::string>> fields = {});
  void enter(State state);
  void refuse(std::string reason, int exit_code = 1);
  void back_to_start(const std::string& reason);
  void give_back(State afterwards);  // drops everything, then `afterwards`
  void finish_closing();
  void begin_log_operation(LogOperation operation, Action action);
  void write(LogOperation operation, action::Write write);
  std::int64_t pause_ms();
  bool streams() const;  // is the connection in its streaming life?
  bool full(const Fill& fill) const;
  void on_log_answer(const Input& input);
  void on_tick();
  void tick_stream();
  void log_did_not_answer(const log::Error& error);
  void on_postgres_failed(const cdc::Error& error);

  void on(const input::Tick&) { on_tick(); }
  void on(const input::Stop&);

  // machine_start.cc, machine_slot.cc: from a connection to the stream
  void on(const input::Connected& answer);
  void on(const input::Identified& answer);
  void on(const input::PostgresFailed& answer) { on_postgres_failed(answer.error); }
  void on(const input::LeaseAnswered& answer);
  void on(const input::SlotFound& answer);
  void on(const input::SlotDropped& answer);
  void on(const input::SlotAwaited& answer);
  void on(const input::SlotCreated& answer);
  void create_slot();
  void be_born();
  std::string why_no_failover_slot() const;
  void on(const input::HistoryRead& answer);
  void on(const input::RulesChecked& answer);
  void on(const input::StreamStarted& answer);
  void peek();
  void peeked(const std::optional<Checkpoint>& found);
  void compare_with_server();
  void compare_with_slot(const input::SlotFound::Slot& slot);
  void wait_for_promotion();
  void find_slot_for_birth(const std::optional<input::SlotFound::Slot>& slot);
  bool is_born() const { return durable_ && durable_->birth == Birth::born; }
  void check_rules();
  void record_birth();
  void claim();
  Checkpoint own_record(const Checkpoint& base) const;
  Checkpoint with_own_rules(Checkpoint record) const;

  // machine_stream.cc
  void on(const input::Began& message);
  void on(const input::RowReceived& message);
  void on(const input::RowMapped& answer);
  void on(const input::RuleBroken& answer);
  void on(const input::Ended& message);
  void on(const input::KeptAlive& message);
  void on(const input::CommandReady& command);
  void on(const input::CommandApplied& answer);
  bool command_is_stale() const;
  void apply_command_at_commit();
  void ping_for_command();
  void seal_waiting();
  void seal_open();
  bool open_fits_sealed() const;
  void write_when_due();
  void write_progress(action::Write::Records records);
  void progress_committed();
  void feedback_when_due();
  void send_feedback(bool reply_requested);
  cdc::Lsn reportable() const;
  void server_reached(cdc::Lsn position);
  void stop_when_done();

  // machine_silence.cc
  void heard();
  std::int64_t silence_due_ms() const;
  void watch_for_silence();
  bool stalled_too_long() const;
  void give_up();

  // machine_snapshot.cc
  void on(const input::ComparisonRead& answer);
  void on(const input::ChunkReady& answer);
  void on(const input::ChunkFailed& answer);
  void on(const input::ChunkApplied& answer);
  void begin_first_snapshot(Checkpoint& birth);
  std::string change_snapshot_by(const SnapshotChange& change);
  void take_chunk_when_due();
  void apply_chunk_at_commit();
  void forget_chunk();
  void note_table_done(const SnapshotProgress& before, const input::ChunkApplied& answer);
  void tell_snapshot_progress();
  LatePlace late_place() const;
  std::uint64_t snapshot_rows_max() const;
  std::int64_t pause_ms_behind(std::uint64_t rows) const;
  std::int64_t next_chunk_tick_ms() const;

  // machine_context.cc
  void on(const input::WaitingSettled& answer);
  Checkpoint with_own_context(Checkpoint record) const;
  std::string why_no_join_at_start() const;
  std::string why_no_join_now() const;
  static action::AdoptRegistry adopted(const Checkpoint& record);
  void begin_fill_with(std::vector<SnapshotTablePlan>& tables, Checkpoint& birth) const;
  void fill_context_when_due();
  void follow_context();
  void context_followed();
  void note_fill_begun(const SnapshotChange& change);
  bool fills_context(const SnapshotProgress& snapshot) const;
  void note_filled();

  // machine_fill.cc
  void on(const input::SnapshotImported& answer);
  void on(const input::AccountsTaken& answer);
  void on(const input::FillFailed& answer);
  bool fills_at_birth() const;
  void begin_fill(const std::string& snapshot);
  void ping_while_filling();
  void take_accounts();
  void accounts_committed();
  void tick_fill();

  // machine_doubt.cc
  void on(const input::CheckpointRead& answer);
  void on(const input::LogFailed& answer);
  void on(const input::KeyFailed& answer);
  void on(const input::WriterOpened& answer);
  void on(const input::WriterClosed& answer);
  void on(const input::Committed& answer);
  void on(const input::NotWritten& answer);
  void on(const input::InDoubt& answer);
  void resolve_doubt(const Checkpoint& found);
  bool limit_may_have_changed(const log::Error& error);

  Settings settings_;
  std::uint64_t random_;
  Time now_;
  State state_ = State::offline;
  std::vector<Action> actions_;

  // Waiting.
  std::int64_t due_ms_ = 0;  // when this state's next move is due; 0: at once
  int failures_in_a_row_ = 0;
  std::string last_wait_;  // what is waited for, said once
  State after_closing_ = State::offline;
  std::string exit_reason_;
  int exit_code_ = 1;  // of a refusal
  bool stop_asked_ = false;

  // The log.
  LogOperation log_operation_ = LogOperation::none;
  bool writer_open_ = false;
  std::int64_t log_silent_since_ms_ = 0;  // 0: the log owes no answer about a transaction
  std::optional<Checkpoint> durable_;
  std::optional<Checkpoint>
      in_flight_;  // the record of the progress transaction whose outcome is open
  action::Write::Records in_flight_records_ = action::Write::Records::none;
  std::uint32_t in_flight_part_ = 0;
  bool write_again_ = false;           // what is in flight was found not to be committed
  bool read_again_for_limit_ = false;  // and no records were committed since
  Checkpoint claim_;
  bool follows_context_ = false;  // the read that is under way is for that alone
  std::int64_t follow_due_ms_ = 0;

  // The server, as it answered.
  input::Connected server_;
  input::CheckpointRead read_;  // to its settled end
  // Its log goes at least so far, on the timeline that is read. Of a standby that is what was
  // received before a question that it answered by that timeline; `asked_end_` goes with the next
  // answer.
  cdc::Lsn server_end_;
  cdc::Lsn received_end_;
  cdc::Lsn asked_end_;
  bool half_made_slot_ = false;  // a slot of our name, from a birth that did not end
  std::vector<SnapshotTablePlan> first_snapshot_;  // of the birth that is under way
  FillAtBirth fill_at_birth_;                      // the same
  std::optional<std::uint64_t> stale_watch_serial_;
  std::int64_t stale_watch_since_ms_ = 0;

  // The stream's signs of life.
  std::int64_t heard_ms_ = 0;          // the last one, or when it was last not listened to
  std::int64_t asked_ms_ = 0;          // when it was last asked for one
  std::int64_t silence_ms_max_ = 0;    // by the server's wal_sender_timeout
  std::int64_t stalled_since_ms_ = 0;  // 0: it was heard since it last fell silent
  int silences_in_a_row_ = 0;          // without the end of a transaction in between

  // The stream.
  bool has_streamed_ = false;  // since this process began
  std::optional<Transaction> transaction_;
  std::optional<SplitPosition> split_to_resume_;
  cdc::Lsn covered_;  // where this stream began: what commits before it is done
  Checkpoint next_;   // the record that a write would carry now: everything in `sealed` done
  Fill open_;
  Fill sealed_;
  bool sealed_whole_ =
      false;  // `sealed` is the last part of a split transaction: nothing may join it
  std::uint32_t in_flight_part_next_ = 0;  // which part of it `sealed` is
  // The command that is being carried out: kept until its records are durable, however often the
  // stream begins anew.
  std::optional<input::CommandReady> command_;
  CommandStage command_stage_ = CommandStage::waiting;
  std::int64_t command_ping_ms_ = 0;  // when to ask again how far the server is
  // The chunk that is being taken.
  ChunkStage chunk_stage_ = ChunkStage::none;
  cdc::Lsn chunk_not_before_;
  std::int64_t chunk_due_ms_ = 0;  // when the next may be asked for
  std::int64_t chunk_ping_ms_ = 0;
  int chunk_failures_ = 0;     // in a row
  std::string chunk_problem_;  // said last
  // Said once the checkpoint that it is true of is durable.
  std::vector<action::Say> notices_sealed_;
  std::vector<action::Say> notices_in_flight_;
  std::int64_t snapshot_told_ms_ = 0;
  std::uint64_t snapshot_told_rows_ = 0;
  cdc::Lsn last_commit_end_;  // of the stream; where it began, before the first
  std::int64_t last_write_done_ms_ = 0;
  std::int64_t last_checkpoint_ms_ = 0;
  cdc::Lsn reported_;
  std::int64_t last_feedback_ms_ = 0;
  std::int64_t feedback_interval_ms_ = 10'000;
};

}  // namespace wakestream::capture
