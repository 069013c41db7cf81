// The log's answers, and the four steps out of doubt:
//   1. close the writer and never use it again: its error says nothing about the outcome
//   2. the lease must answer a ping sent after the doubt, else back to the start
//   3. read the checkpoint without fencing: another incarnation there means stand down
//   4. open, read again, claim, and go on from what it says
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "roles/capture/error_policy.h"
#include "roles/capture/machine.h"

namespace wakestream::capture {

using action::Level;

void Machine::on(const input::CheckpointRead& answer) {
  log_operation_ = LogOperation::none;
  if (std::exchange(follows_context_, false)) return context_followed();
  const auto& found = answer.checkpoint;
  switch (state_) {
    case State::peeking:
      return peeked(found);
    case State::reading:
      read_ = answer;
      enter(State::identifying);
      return act(action::Identify{});
    case State::log_away:
      say(Level::info, "log_back", "the event log answers again");
      failures_in_a_row_ = 0;
      enter(State::offline);
      due_ms_ = now_.mono_ms;
      return;
    case State::doubt_reading:
    case State::doubt_rereading:
      if (!found)
        return refuse(
            "the checkpoint is gone from the log: its topic has lost its records. Restore it, or "
            "take up where the slot stands: see wakestream checkpoint adopt-slot");
      if (found->incarnation != settings_.incarnation) {
        say(Level::warning, "stand_down",
            "another instance has taken the pipeline over; standing down",
            {{"writer", to_string(found->incarnation)}});
        return give_back(State::offline);
      }
      if (state_ == State::doubt_rereading) return resolve_doubt(*found);
      enter(State::doubt_opening);
      return begin_log_operation(LogOperation::open, action::OpenWriter{});
    default:
      return finish_closing();
  }
}

// Every older writer is fenced, so this record is the last word on the commit in doubt.
void Machine::resolve_doubt(const Checkpoint& found) {
  if (in_flight_ && found.serial == in_flight_->serial) {
    progress_committed();
  } else if (found.serial == durable_->serial) {
    write_again_ = in_flight_records_ != action::Write::Records::none;
  } else {
    return back_to_start(fmt::format(
        "the log holds checkpoint {}, which is neither the last one known nor the one in doubt",
        found.serial));
  }
  auto record = own_record(*durable_);
  claim_ = std::move(record);
  enter(State::doubt_claiming);
  write(LogOperation::write_claim, {action::Write::Records::none, claim_, 0});
}

void Machine::on(const input::LogFailed& answer) {
  log_operation_ = LogOperation::none;
  // Whoever has the lease hears of a log that is away soon enough.
  if (std::exchange(follows_context_, false)) return context_followed();
  if (state_ == State::closing) return finish_closing();
  if (state_ == State::log_away && judge(answer.error.kind).verdict != Verdict::refuse) {
    due_ms_ = now_.mono_ms + pause_ms();
    return;
  }
  log_did_not_answer(answer.error);
}

void Machine::on(const input::KeyFailed& answer) {
  log_operation_ = LogOperation::none;
  if (state_ == State::closing) return finish_closing();
  if (!answer.passing) return refuse(answer.reason);
  if (last_wait_ != answer.reason)
    say(Level::warning, "key_away", "waiting for the key store: " + answer.reason);
  last_wait_ = answer.reason;
  give_back(State::offline);
}

void Machine::on(const input::WriterOpened&) {
  log_operation_ = LogOperation::none;
  writer_open_ = true;
  if (state_ == State::closing) return finish_closing();
  const bool anew = state_ == State::opening;
  enter(anew ? State::reading : State::doubt_rereading);
  // In doubt the context is known but for what is in doubt, and rows are mapped meanwhile.
  begin_log_operation(
      LogOperation::read,
      action::ReadCheckpoint{log::Settled::required, anew && settings_.context.has_value()});
}

void Machine::on(const input::WriterClosed&) {
  log_operation_ = LogOperation::none;
  writer_open_ = false;
  if (state_ != State::doubt_closing) return finish_closing();
  // The ping's answer sits behind what we cannot read while the buffers are full.
  if (!wants_messages()) return back_to_start("a commit is in doubt and the buffers are full");
  enter(State::doubt_pinging);
  due_ms_ = now_.mono_ms + settings_.ping_ms_max;
  send_feedback(true);
}

void Machine::on(const input::Committed&) {
  log_operation_ = LogOperation::none;
  server_end_ = std::max(server_end_, asked_end_);
  log_silent_since_ms_ = 0;
  switch (state_) {
    case State::recording_birth:
      durable_ = claim_;
      if (!half_made_slot_) return create_slot();
      enter(State::dropping_slot);
      return act(action::DropSlot{});
    case State::filling_context:
      durable_ = claim_;
      return accounts_committed();
    case State::claiming:
      durable_ = claim_;
      enter(State::starting);
      act(adopted(*durable_));
      return act(action::StartStream{durable_->read_through});
    case State::doubt_claiming:
      durable_ = claim_;
      if (!write_again_) in_flight_.reset();
      last_write_done_ms_ = last_checkpoint_ms_ = now_.mono_ms;
      say(Level::info, "doubt_resolved",
          write_again_ ? "the commit in doubt did not happen; writing it again"
                       : "the commit in doubt had happened");
      return enter(State::streaming);
    case State::streaming:
    case State::stopping:
      return progress_committed();
    default:
      return finish_closing();
  }
}

// A standby that was promoted gives its own commits behind the switch point, and nothing says so:
// what was received and not written is read again, from a server whose timeline is known.
void Machine::on(const input::NotWritten& answer) {
  log_operation_ = LogOperation::none;
  log_silent_since_ms_ = 0;
  if (state_ == State::closing) return finish_closing();
  if (answer.timeline != 0) {
    say(Level::warning, "promoted",
        "the server went over to another timeline while it was read: connecting anew, so that it "
        "is judged what both timelines have",
        {{"server", server_.server},
         {"timeline", std::to_string(answer.timeline)},
         {"was", std::to_string(server_.timeline)}});
  } else {
    say(Level::warning, "postgres_away", answer.reason);
  }
  give_back(state_ == State::stopping && after_closing_ == State::refused ? State::refused
                                                                          : State::offline);
}

// What was mapped fitted into the topics as they were: read again, it is mapped for what they are
// now. Once: what does not fit then is not a row's.
bool Machine::limit_may_have_changed(const log::Error& error) {
  if (error.kind != log::ErrorKind::record_too_big || state_ != State::streaming) return false;
  if (std::exchange(read_again_for_limit_, true)) return false;
  back_to_start("a topic takes less than it did when this was mapped; reading it again: " +
                error.message);
  return true;
}

void Machine::on(const input::InDoubt& answer) {
  log_operation_ = LogOperation::none;
  if (state_ == State::closing) {
    say(Level::info, "commit_abandoned",
        "a log transaction that was on its way ended without a known outcome; whoever opens the "
        "next writer finds out: " +
            answer.error.message);
    return finish_closing();
  }
  if (limit_may_have_changed(answer.error)) return;
  if (judge(answer.error.kind).verdict == Verdict::refuse) return log_did_not_answer(answer.error);
  say(Level::warning, "commit_in_doubt",
      "the outcome of a log transaction is unknown: " + answer.error.message);
  if (state_ == State::stopping)
    return give_back(after_closing_ == State::refused ? State::refused : State::stopped);
  if (state_ != State::streaming) return back_to_start("");
  enter(State::doubt_closing);
  begin_log_operation(LogOperation::close, action::CloseWriter{});
}

}  // namespace wakestream::capture
