// The ordinary life: rows into buffers, buffers into log transactions, and PostgreSQL told what is
// durable.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "roles/capture/machine.h"

namespace wakestream::capture {

using cdc::to_string;

void Machine::on(const input::Began& message) {
  if (!streams()) return;
  heard();
  Transaction transaction;
  transaction.commit_lsn = message.commit_lsn;
  // Commits are compared with commits: a row's own LSN lies anywhere before its commit.
  transaction.covered = message.commit_lsn < covered_;
  if (!transaction.covered && split_to_resume_) {
    if (split_to_resume_->commit_lsn != message.commit_lsn) {
      return refuse(
          fmt::format("part of the transaction that commits at {} is in the log, and the stream "
                      "goes on with {} instead of the rest of it. To leave the rest out, or to "
                      "begin it anew: see wakestream checkpoint set",
                      to_string(split_to_resume_->commit_lsn), to_string(message.commit_lsn)));
    }
    transaction.rows_done_before = split_to_resume_->rows_done;
    transaction.last_row_lsn_before = split_to_resume_->last_row_lsn;
    transaction.parts_done = split_to_resume_->parts_done;
    split_to_resume_.reset();
  }
  transaction_ = transaction;
}

void Machine::on(const input::RowReceived& message) {
  heard();
  if (!streams() || !transaction_ || transaction_->covered) return;
  auto& transaction = *transaction_;
  transaction.rows_received = message.ordinal;
  transaction.last_row_lsn = message.lsn;
  if (message.ordinal > transaction.rows_done_before) return act(action::MapRow{});
  if (message.ordinal == transaction.rows_done_before &&
      message.lsn != transaction.last_row_lsn_before) {
    refuse(
        fmt::format("row {} of the transaction that commits at {} was at {} when a part of it was "
                    "written, and is at {} now: the rest cannot be told from what is done. To "
                    "leave it out, or to begin it anew: see wakestream checkpoint set",
                    message.ordinal, to_string(transaction.commit_lsn),
                    to_string(transaction.last_row_lsn_before), to_string(message.lsn)));
  }
}

void Machine::on(const input::RowMapped& answer) {
  if (!streams() || !transaction_) return;
  open_.records += answer.record_count;
  open_.bytes += answer.byte_count;
  if (answer.record_count > 0) transaction_->gave_records = true;
  transaction_->waits = answer.waits;
}

// What is whole before this commit is still written; then an operator must mend the rule or the
// table.
void Machine::on(const input::RuleBroken& answer) {
  if (!streams() || !transaction_) return;
  const auto reason = fmt::format("{} (in the transaction that commits at {})", answer.reason,
                                  to_string(transaction_->commit_lsn));
  if (state_ != State::streaming) return refuse(reason);
  exit_reason_ = reason;
  after_closing_ = State::refused;
  transaction_.reset();
  open_ = {};
  enter(State::stopping);
  due_ms_ = now_.mono_ms + settings_.stop_ms_max;
}

void Machine::on(const input::Ended& message) {
  heard();
  if (!streams() || !transaction_) return;
  silences_in_a_row_ = 0;
  server_reached(message.end_lsn);
  if (transaction_->covered) return transaction_.reset();
  if (transaction_->rows_received < transaction_->rows_done_before) {
    return refuse(
        fmt::format("{} rows of the transaction that commits at {} are in the log, and the stream "
                    "gave only {} of it. To go on behind it: see wakestream checkpoint set",
                    transaction_->rows_done_before, to_string(transaction_->commit_lsn),
                    transaction_->rows_received));
  }
  if (transaction_->waits) {
    transaction_->settles_at = message.end_lsn;
    return act(action::SettleWaiting{});
  }
  transaction_->ended_at = message.end_lsn;
  seal_waiting();
}

void Machine::seal_waiting() {
  if (transaction_ && transaction_->ended_at && open_fits_sealed()) seal_open();
}

bool Machine::open_fits_sealed() const {
  if (sealed_.records == 0 && !sealed_whole_) return true;
  if (sealed_whole_ || transaction_->parts_done > 0) return false;
  return sealed_.records + open_.records <= settings_.transaction_records_max &&
         sealed_.bytes + open_.bytes <= settings_.transaction_bytes_max;
}

void Machine::seal_open() {
  const auto& transaction = *transaction_;
  if (open_.records > 0 || transaction.parts_done > 0) act(action::SealOpen{});
  sealed_.records += open_.records;
  sealed_.bytes += open_.bytes;
  open_ = {};
  next_.read_through = *transaction.ended_at;
  if (transaction.gave_records || transaction.parts_done > 0)
    next_.emitted_through = *transaction.ended_at;
  next_.split.reset();
  sealed_whole_ = transaction.parts_done > 0;
  in_flight_part_next_ = sealed_whole_ ? transaction.parts_done + 1 : 0;
  last_commit_end_ = *transaction.ended_at;
  transaction_.reset();
}

// Inside a transaction a keepalive says nothing about what may be forgotten: the rest is still to
// come.
void Machine::on(const input::KeptAlive& message) {
  if (!streams()) return;
  heard();
  server_reached(message.wal_end);
  if (!transaction_ && message.wal_end > next_.read_through) next_.read_through = message.wal_end;
  if (state_ == State::doubt_pinging) {
    enter(State::doubt_reading);
    begin_log_operation(LogOperation::read, action::ReadCheckpoint{log::Settled::as_it_is});
  }
  if (message.reply_requested) send_feedback(false);
}

void Machine::on(const input::CommandReady& command) {
  command_ = command;
  command_ping_ms_ = 0;
}

// A record covers it already, or asks for another step: it was read before another instance was
// here.
bool Machine::command_is_stale() const {
  if (command_->offset < 0) return false;
  const ControlPosition place{command_->offset, command_->step};
  return place != next_.control &&
         (place.next_offset <= next_.control.next_offset || place.step != 0);
}

// Between two transactions of PostgreSQL, and between two of the log where one was split: so every
// row of a transaction is mapped by the same rules, and a checkpoint says where they begin.
void Machine::apply_command_at_commit() {
  if (!command_ || command_stage_ != CommandStage::waiting) return;
  if (command_is_stale()) {
    command_.reset();
    return act(action::CommandDone{next_.control});
  }
  if (transaction_ || next_.split || sealed_whole_ || full(sealed_)) return;
  if (next_.read_through < command_->not_before) return ping_for_command();
  command_stage_ = CommandStage::applying;
  std::string refusal;
  if (command_->rules && command_->rules->join_context) refusal = why_no_join_now();
  const bool new_rules = command_->rules && refusal.empty();
  if (new_rules) {
    settings_.rules_hash = command_->rules->hash;
    settings_.event_types = command_->rules->event_types;
    settings_.rules_join_context = command_->rules->join_context;
    if (next_.rules_hash != settings_.rules_hash) next_.rules_since = {next_.read_through, 0};
    next_.rules_hash = settings_.rules_hash;
    next_.event_types = grow_registry(next_.event_types, settings_.event_types);
  }
  if (command_->snapshot) refusal = change_snapshot_by(*command_->snapshot);
  if (command_->offset >= 0) {
    next_.control = command_->next_step ? ControlPosition{command_->offset, *command_->next_step}
                                        : ControlPosition{command_->offset + 1, 0};
  }
  act(action::ApplyCommand{next_.read_through, next_.rules_since, late_place(), next_.snapshots,
                           refusal});
  if (new_rules) act(adopted(next_));
}

// A quiet server says only now and then how far its log goes: it is asked.
void Machine::ping_for_command() {
  if (state_ != State::streaming || now_.mono_ms < command_ping_ms_) return;
  command_ping_ms_ = now_.mono_ms + settings_.command_ping_ms;
  send_feedback(true);
}

void Machine::on(const input::CommandApplied& answer) {
  if (command_stage_ != CommandStage::applying) return;  // the connection went meanwhile
  command_stage_ = CommandStage::sealed;
  next_.late_events += answer.record_count;
  sealed_.records += answer.record_count;
  sealed_.bytes += answer.byte_count;
}

void Machine::write_when_due() {
  using Records = action::Write::Records;
  if (state_ != State::streaming || log_operation_ != LogOperation::none) return;
  // Its records join what is sealed.
  if (command_stage_ == CommandStage::applying || chunk_stage_ == ChunkStage::applying) return;
  if (write_again_) {
    write_again_ = false;
    in_flight_->serial = durable_->serial + 1;
    next_.serial = in_flight_->serial;
    return write(LogOperation::write_progress, {Records::again, *in_flight_, in_flight_part_});
  }
  const bool waits_for_room = transaction_ && transaction_->ended_at;
  const bool gap_is_over = now_.mono_ms - last_write_done_ms_ >= settings_.transaction_gap_ms;
  if (sealed_.records > 0 || sealed_whole_) {
    if (gap_is_over || waits_for_room || full(sealed_) || full(open_))
      write_progress(Records::sealed);
    return;
  }
  if (full(open_)) {
    // A part says that its rows are done, so none of them may wait beyond it.
    if (transaction_->settles_at) return;
    if (transaction_->waits) return act(action::SettleWaiting{});
    return write_progress(Records::open);
  }
  const auto age_ms = now_.mono_ms - last_checkpoint_ms_;
  const bool idle_progress =
      next_.read_through > durable_->read_through && age_ms >= settings_.idle_checkpoint_ms;
  if (idle_progress || age_ms >= settings_.heartbeat_ms) write_progress(Records::none);
}

void Machine::write_progress(action::Write::Records records) {
  using Records = action::Write::Records;
  in_flight_records_ = records;
  in_flight_part_ = 0;
  if (records == Records::sealed) {
    in_flight_part_ = in_flight_part_next_;
    sealed_ = {};
    sealed_whole_ = false;
    if (command_stage_ == CommandStage::sealed) command_stage_ = CommandStage::in_flight;
  }
  if (records == Records::open) {
    auto& transaction = *transaction_;
    in_flight_part_ = ++transaction.parts_done;
    next_.split = SplitPosition{transaction.commit_lsn, transaction.rows_received,
                                transaction.last_row_lsn, transaction.parts_done};
    open_ = {};
  }
  notices_in_flight_ = std::exchange(notices_sealed_, {});
  next_.serial = durable_->serial + 1;
  next_.written_at_ms = now_.wall_ms;
  in_flight_ = next_;
  write(LogOperation::write_progress, {records, *in_flight_, in_flight_part_});
}

void Machine::progress_committed() {
  durable_ = std::move(in_flight_);
  in_flight_.reset();
  failures_in_a_row_ = 0;
  last_write_done_ms_ = last_checkpoint_ms_ = now_.mono_ms;
  if (in_flight_records_ != action::Write::Records::none) {
    read_again_for_limit_ = false;
    act(action::ReleaseInFlight{});
  }
  for (auto& notice : std::exchange(notices_in_flight_, {})) act(std::move(notice));
  tell_snapshot_progress();
  if (command_stage_ != CommandStage::in_flight) return;
  command_.reset();
  command_stage_ = CommandStage::waiting;
  act(action::CommandDone{durable_->control});
}

void Machine::feedback_when_due() {
  const auto age_ms = now_.mono_ms - last_feedback_ms_;
  const bool news = reported_ < reportable() && age_ms >= settings_.feedback_pace_ms;
  if (news || age_ms >= feedback_interval_ms_) send_feedback(false);
}

// What a standby sends may be of the next timeline already.
void Machine::server_reached(cdc::Lsn position) {
  received_end_ = std::max(received_end_, position);
  if (!server_.in_recovery) server_end_ = received_end_;
}

// Only what a committed checkpoint covers is ever reported; and to a standby that is behind only
// what it has: promoted there, it would skip its own commits up to what its slot has confirmed.
cdc::Lsn Machine::reportable() const { return std::min(durable_->read_through, server_end_); }

void Machine::send_feedback(bool reply_requested) {
  reported_ = reportable();
  last_feedback_ms_ = now_.mono_ms;
  act(action::SendFeedback{reported_, reply_requested});
}

void Machine::stop_when_done() {
  if (log_operation_ != LogOperation::none) return;
  if (sealed_.records > 0 || sealed_whole_) return write_progress(action::Write::Records::sealed);
  if (next_.read_through > durable_->read_through)
    return write_progress(action::Write::Records::none);
  if (reported_ < reportable()) send_feedback(false);
  give_back(after_closing_ == State::refused ? State::refused : State::stopped);
}

}  // namespace wakestream::capture
