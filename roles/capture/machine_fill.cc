// A new pipeline's account context, filled before anything streams: from the snapshot that the
// making of its slot exported, so that it holds every account as of the very position at which the
// stream begins.
//
// Each batch of accounts is a log transaction whose checkpoint says "filling context"; the record
// that says "born" comes behind the last. What a crash leaves of it counts for nothing: the slot is
// dropped and made anew, and the first batch of the next fill says that no account is known before.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "roles/capture/machine.h"

namespace wakestream::capture {

using action::Level;
using cdc::to_string;

namespace {

constexpr auto never = std::numeric_limits<std::int64_t>::max();

}  // namespace

// A standby exports no snapshot, and a slot that was there before has none any more: there the
// context is filled beside the stream.
bool Machine::fills_at_birth() const {
  return settings_.context && !settings_.slot_existing && !server_.in_recovery;
}

// Not asked for anything before the snapshot is taken over, the slot's session keeps it alive.
void Machine::begin_fill(const std::string& snapshot) {
  enter(State::filling_context);
  fill_at_birth_ = {};
  fill_at_birth_.told_ms = now_.mono_ms;
  const auto& table = settings_.context->table;
  say(Level::info, "context_filling",
      "the account context is filled from its table as it was at the slot's consistent point; "
      "events begin when it holds every account",
      {{"lsn", to_string(next_.born_at)}, {"table", table}});
  act(action::ImportSnapshot{snapshot, table});
}

void Machine::on(const input::SnapshotImported&) {
  if (state_ != State::filling_context) return;
  ping_while_filling();
  take_accounts();
}

// It ends the exported snapshot, which is of no use any more; and without the session the lease is
// gone.
void Machine::ping_while_filling() {
  fill_at_birth_.ping_due_ms = now_.mono_ms + settings_.fill_ping_ms;
  due_ms_ = std::min(due_ms_, fill_at_birth_.ping_due_ms);
  act(action::Identify{});
}

void Machine::take_accounts() {
  auto& fill = fill_at_birth_;
  fill.take_due_ms = never;
  due_ms_ = fill.ping_due_ms;
  act(action::TakeAccounts{snapshot_rows_max(), !fill.begun, next_.epoch,
                           LatePlace{next_.born_at, next_.late_events}});
}

void Machine::on(const input::AccountsTaken& answer) {
  if (state_ != State::filling_context) return;
  auto& fill = fill_at_birth_;
  fill.begun = true;
  fill.rows += answer.row_count;
  fill.reached_end = answer.reached_end;
  fill.take_due_ms = now_.mono_ms + pause_ms_behind(answer.row_count);
  next_.late_events += answer.record_count;
  claim_ = with_own_context(with_own_rules(own_record(next_)));
  claim_.birth = Birth::filling_context;
  write(LogOperation::write_fill, {action::Write::Records::sealed, claim_, 0});
}

void Machine::accounts_committed() {
  auto& fill = fill_at_birth_;
  act(action::ReleaseInFlight{});
  if (fill.reached_end) {
    next_.context->filled_at = next_.emitted_through = next_.born_at;
    say(Level::info, "context_filled",
        "the account context is filled; rules that join it are in force",
        {{"table", settings_.context->table},
         {"rows", std::to_string(fill.rows)},
         {"lsn", to_string(next_.born_at)}});
    return be_born();
  }
  if (now_.mono_ms - fill.told_ms >= settings_.snapshot_tell_ms) {
    fill.told_ms = now_.mono_ms;
    say(Level::info, "context_fill_progress", "the account context is being filled",
        {{"table", settings_.context->table}, {"rows", std::to_string(fill.rows)}});
  }
  if (now_.mono_ms >= fill.take_due_ms) return take_accounts();
  due_ms_ = std::min(due_ms_, fill.take_due_ms);
}

void Machine::tick_fill() {
  auto& fill = fill_at_birth_;
  due_ms_ = fill.ping_due_ms;
  if (now_.mono_ms >= fill.ping_due_ms) ping_while_filling();
  if (log_operation_ != LogOperation::none) return;
  if (now_.mono_ms >= fill.take_due_ms) return take_accounts();
  due_ms_ = std::min(due_ms_, fill.take_due_ms);
}

void Machine::on(const input::FillFailed& answer) {
  if (state_ != State::filling_context) return;
  if (answer.passing)
    return back_to_start("filling the account context begins anew, with another slot: " +
                         answer.reason);
  refuse(
      fmt::format("the account context cannot be filled: {}. Mend it; the next start makes the "
                  "slot anew",
                  answer.reason));
}

}  // namespace wakestream::capture
