// The account context: rows that wait for their account, and by which snapshot every account gets
// known.
#include <string>
#include <utility>

#include "roles/capture/machine.h"

namespace wakestream::capture {

// What waited is in `open` now, as events or in quarantine.
void Machine::on(const input::WaitingSettled& answer) {
  if (!streams() || !transaction_) return;
  auto& transaction = *transaction_;
  open_ = {answer.record_count, answer.byte_count};
  transaction.waits = false;
  if (transaction.settles_at) transaction.ended_at = std::exchange(transaction.settles_at, {});
}

// What was kept by another rule does not count, nor what was kept before a time without one. A fill
// that was given up begins anew.
Checkpoint Machine::with_own_context(Checkpoint record) const {
  auto& context = record.context;
  if (!settings_.context) {
    context.reset();
  } else if (!context || context->rule_hash != settings_.context->rule_hash) {
    context = ContextProgress{settings_.context->rule_hash, 0, {}};
  } else if (!record.snapshot || record.snapshot->number != context->fill) {
    if (!context->is_filled()) context->fill = 0;
  }
  return record;
}

constexpr const char* no_context =
    "rules join the account context, and wakestream.yaml has no section context";

// Rules that were in force until now must not pause in silence: of a context that was kept by
// another rule they may be. Empty: nothing stands against them.
std::string Machine::why_no_join_at_start() const {
  if (!settings_.context) return no_context;
  const bool anew =
      !is_born() || !next_.context || next_.context->rule_hash == settings_.context->rule_hash;
  if (anew) return {};
  return "rules join the account context, which is to be filled anew because the section context "
         "says something else than before: until then their events would be missing. Leave them "
         "out of wakestream.yaml, start, wait for context_filled, put them back and give "
         "wakestream rules reload";
}

std::string Machine::why_no_join_now() const {
  if (!settings_.context) return no_context;
  if (next_.context && next_.context->is_filled()) return {};
  return "rules join the account context, and it does not hold every account yet: wait for "
         "context_filled (wakestream snapshot status), then give wakestream rules reload again";
}

action::AdoptRegistry Machine::adopted(const Checkpoint& record) {
  return {record.epoch, record.event_types, record.context && record.context->is_filled()};
}

// Of a pipeline's first snapshot the context's table comes first: rules that join it take the rows
// of the others.
void Machine::begin_fill_with(std::vector<SnapshotTablePlan>& tables, Checkpoint& birth) const {
  if (!birth.context || birth.context->is_filled()) return;
  const SnapshotTablePlan own{settings_.context->table, ""};
  std::erase(tables, own);
  tables.insert(tables.begin(), own);
  birth.context->fill = 1;
}

// As a command that nobody gave: its first chunk has it on record, and a crash before that begins
// it again.
void Machine::fill_context_when_due() {
  if (state_ != State::streaming || !next_.context || next_.context->is_filled()) return;
  if (next_.context->fill != 0 || next_.snapshot || transaction_ || next_.split) return;
  const auto& table = settings_.context->table;
  (void)change_snapshot_by({SnapshotChange::Kind::start, context_fill_id, {{table, ""}}});
  say(action::Level::info, "context_filling",
      "the account context is filled from its table; rules that join it are in force when it holds "
      "every account",
      {{"snapshot", std::to_string(next_.snapshots)}, {"table", table}});
}

// While another instance has the lease: so the store is near its topic's end when it is needed.
// What else the log says is read again then.
void Machine::follow_context() {
  if (!settings_.context || log_operation_ != LogOperation::none) return;
  if (now_.mono_ms < follow_due_ms_) return;
  follow_due_ms_ = now_.mono_ms + settings_.context_follow_ms;
  follows_context_ = true;
  begin_log_operation(LogOperation::read, action::ReadCheckpoint{log::Settled::as_it_is, true});
}

void Machine::context_followed() {
  if (state_ == State::closing) return finish_closing();
  if (state_ == State::peeking) peek();
}

// Every row of the context's table goes out, each with the context that it gives.
void Machine::note_fill_begun(const SnapshotChange& change) {
  if (!next_.context) return;
  for (const auto& table : change.tables)
    if (table.name == settings_.context->table && table.where.empty())
      next_.context->fill = next_.snapshots;
}

// Is the table that the snapshot reads the one that fills it?
bool Machine::fills_context(const SnapshotProgress& snapshot) const {
  return next_.context && !next_.context->is_filled() && next_.context->fill == snapshot.number &&
         snapshot.tables.front().name == settings_.context->table;
}

// Rules that join it are in force from where the last row is said. Not from `read_through`, which
// may be an idle position: see late_place.
void Machine::note_filled() {
  next_.context->filled_at = late_place().said_at;
  notices_sealed_.push_back(
      {action::Level::info,
       "context_filled",
       "the account context is filled; rules that join it are in force",
       {{"table", settings_.context->table}, {"lsn", to_string(next_.context->filled_at)}}});
  act(adopted(next_));
}

}  // namespace wakestream::capture
