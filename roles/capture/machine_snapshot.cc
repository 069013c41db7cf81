// Rows of a snapshot between the commits of the stream.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "roles/capture/machine.h"

namespace wakestream::capture {

using action::Level;

// Behind the last commit that gave records, or whose rows a chunk may show. Not behind
// `read_through`: an idle position may be gone after a failover, and what was said there would
// stand above the new primary's commits.
LatePlace Machine::late_place() const {
  return {std::max({next_.emitted_through, last_commit_end_, next_.born_at}), next_.late_events};
}

// In the very record that says "born": a crash before it makes the slot anew, one behind it finds
// the snapshot under way.
void Machine::begin_first_snapshot(Checkpoint& birth) {
  if (first_snapshot_.empty()) {
    if (settings_.snapshot_initial)
      say(Level::warning, "snapshot_not_begun",
          "the configuration wants a first snapshot (snapshot.initial), and no rule makes an event "
          "of a SNAPSHOT row: none is begun. Give such rules and reload them, then see wakestream "
          "snapshot start");
    return;
  }
  begin_fill_with(first_snapshot_, birth);
  const auto tables = std::to_string(first_snapshot_.size());
  const SnapshotChange first{SnapshotChange::Kind::start, first_snapshot_id,
                             std::exchange(first_snapshot_, {})};
  // Nothing stands against a first one.
  birth.snapshot = *change_snapshot({}, first, 1, birth.read_through, now_.wall_ms);
  birth.snapshots = 1;
  say(Level::info, "snapshot_begun", "the rows that are there already become events",
      {{"snapshot", "1"}, {"tables", tables}});
}

std::string Machine::change_snapshot_by(const SnapshotChange& change) {
  auto changed = change_snapshot(next_.snapshot, change, next_.snapshots + 1, next_.read_through,
                                 now_.wall_ms);
  if (!changed) return changed.error();
  if (change.kind == SnapshotChange::Kind::start) {
    ++next_.snapshots;
    note_fill_begun(change);
  }
  next_.snapshot = std::move(*changed);
  forget_chunk();
  chunk_due_ms_ = 0;
  chunk_failures_ = 0;
  return {};
}

void Machine::forget_chunk() {
  chunk_stage_ = ChunkStage::none;
  act(action::DropChunk{});
}

void Machine::take_chunk_when_due() {
  if (state_ != State::streaming || !next_.snapshot || next_.snapshot->paused) return;
  if (chunk_stage_ != ChunkStage::none || now_.mono_ms < chunk_due_ms_) return;
  chunk_stage_ = ChunkStage::asked;
  act(action::TakeChunk{*next_.snapshot, snapshot_rows_max()});
}

// In one log transaction. Evenly, and not much at once and then nothing for long.
std::uint64_t Machine::snapshot_rows_max() const {
  const auto rate = static_cast<std::uint64_t>(settings_.snapshot_rows_per_second);
  if (rate == 0) return settings_.snapshot_chunk_records;
  return std::min(settings_.snapshot_chunk_records, std::max<std::uint64_t>(rate / 4, 1));
}

std::int64_t Machine::pause_ms_behind(std::uint64_t rows) const {
  if (settings_.snapshot_rows_per_second == 0) return 0;
  return static_cast<std::int64_t>(rows) * 1'000 / settings_.snapshot_rows_per_second;
}

// On record with the next checkpoint, for whoever asks how far it is.
void Machine::on(const input::ComparisonRead& answer) {
  if (chunk_stage_ != ChunkStage::asked) return;
  next_.snapshot->said_read = answer.read;
  next_.snapshot->said_to_read = answer.to_read;
}

void Machine::on(const input::ChunkReady& answer) {
  if (chunk_stage_ != ChunkStage::asked) return;
  next_.snapshot->said_read = next_.snapshot->said_to_read = 0;
  chunk_stage_ = ChunkStage::ready;
  chunk_not_before_ = answer.not_before;
  chunk_ping_ms_ = 0;
}

// Between two transactions of PostgreSQL, as a command; and into a log transaction that holds no
// other records yet, so that the chunk is whole in one.
void Machine::apply_chunk_at_commit() {
  if (chunk_stage_ != ChunkStage::ready || command_stage_ == CommandStage::applying) return;
  if (transaction_ || next_.split || sealed_whole_ || sealed_.records > 0) return;
  if (next_.read_through < chunk_not_before_) {
    if (state_ != State::streaming || now_.mono_ms < chunk_ping_ms_) return;
    chunk_ping_ms_ = now_.mono_ms + settings_.chunk_ping_ms;
    return send_feedback(true);
  }
  chunk_stage_ = ChunkStage::applying;
  const bool begins = next_.snapshot->position == SnapshotPosition{};
  act(action::ApplyChunk{*next_.snapshot, late_place(), begins && fills_context(*next_.snapshot)});
}

void Machine::on(const input::ChunkApplied& answer) {
  if (chunk_stage_ != ChunkStage::applying) return;
  chunk_stage_ = ChunkStage::none;
  chunk_failures_ = 0;
  chunk_problem_.clear();
  auto& snapshot = *next_.snapshot;
  const auto rows = answer.position.rows - snapshot.position.rows;
  snapshot.position = answer.position;
  snapshot.left_to_stream += answer.left_to_stream;
  if (answer.record_count > 0) next_.emitted_through = late_place().said_at;
  next_.late_events += answer.record_count;
  sealed_.records += answer.record_count;
  sealed_.bytes += answer.byte_count;
  if (snapshot.position.done()) {
    note_table_done(snapshot, answer);
    if (fills_context(snapshot)) note_filled();
    next_.snapshot = next_table(std::move(snapshot));
  }
  if (!next_.snapshot) forget_chunk();
  // Nothing went out: transactions that the chunk did not see need a moment to be seen.
  chunk_due_ms_ = now_.mono_ms + (rows == 0 ? settings_.chunk_pause_ms_min : pause_ms_behind(rows));
}

void Machine::note_table_done(const SnapshotProgress& before, const input::ChunkApplied& answer) {
  const auto number = std::to_string(before.number);
  action::Say done{Level::info,
                   "snapshot_table_done",
                   "a table of the snapshot is done",
                   {{"snapshot", number},
                    {"table", before.tables.front().name},
                    {"rows", std::to_string(before.position.rows)}}};
  if (before.differences) {
    done.fields.emplace_back("unchanged", std::to_string(before.position.unchanged));
    done.fields.emplace_back("said_but_not_found", answer.said_but_not_found
                                                       ? std::to_string(*answer.said_but_not_found)
                                                       : "not known");
  }
  notices_sealed_.push_back(std::move(done));
  if (before.tables.size() > 1) return;
  notices_sealed_.push_back({before.left_to_stream == 0 ? Level::info : Level::warning,
                             "snapshot_done",
                             "the snapshot is done",
                             {{"snapshot", number},
                              {"tables", std::to_string(before.tables_done + 1)},
                              {"rows", std::to_string(before.rows_done + before.position.rows)},
                              {"left_to_stream", std::to_string(before.left_to_stream)}}});
}

void Machine::tell_snapshot_progress() {
  if (!durable_->snapshot || durable_->snapshot->paused) return;
  const auto& snapshot = *durable_->snapshot;
  const auto rows = snapshot.rows_done + snapshot.position.rows;
  const auto since_ms = now_.mono_ms - snapshot_told_ms_;
  if (since_ms < settings_.snapshot_tell_ms) return;
  const bool first = snapshot_told_ms_ == 0 || rows < snapshot_told_rows_;
  const auto rate = (rows - snapshot_told_rows_) * 1'000 / static_cast<std::uint64_t>(since_ms);
  snapshot_told_ms_ = now_.mono_ms;
  snapshot_told_rows_ = rows;
  if (first) return;
  if (snapshot.said_to_read > 0)
    return say(Level::info, "snapshot_compares",
               "what was said before is read from the log, for the snapshot to leave it out",
               {{"snapshot", std::to_string(snapshot.number)},
                {"records_read", std::to_string(snapshot.said_read)},
                {"records_to_read", std::to_string(snapshot.said_to_read)}});
  say(Level::info, "snapshot_progress", "the snapshot goes on",
      {{"snapshot", std::to_string(snapshot.number)},
       {"table", snapshot.tables.front().name},
       {"rows", std::to_string(snapshot.position.rows)},
       {"rows_estimated", std::to_string(snapshot.position.rows_estimated)},
       {"rows_per_second", std::to_string(rate)},
       {"tables_to_come", std::to_string(snapshot.tables.size() - 1)}});
}

void Machine::on(const input::ChunkFailed& answer) {
  if (chunk_stage_ == ChunkStage::none) return;
  chunk_stage_ = ChunkStage::none;
  next_.snapshot->said_read = next_.snapshot->said_to_read = 0;
  const auto& table = next_.snapshot->tables.front().name;
  if (!answer.passing) {
    next_.snapshot->paused = true;
    next_.snapshot->paused_because = answer.reason;
    forget_chunk();
    return say(
        Level::error, "snapshot_paused",
        fmt::format("the snapshot pauses: {}. Mend it and give `wakestream snapshot resume`, "
                    "or give `wakestream snapshot cancel`",
                    answer.reason),
        {{"snapshot", std::to_string(next_.snapshot->number)}, {"table", table}});
  }
  if (answer.reason != chunk_problem_ && !answer.reason.empty())
    say(Level::warning, "snapshot_waiting", "the snapshot waits: " + answer.reason,
        {{"table", table}});
  chunk_problem_ = answer.reason;
  const auto pause_ms = settings_.chunk_pause_ms_min << std::min(chunk_failures_++, 10);
  chunk_due_ms_ = now_.mono_ms + std::min(pause_ms, settings_.chunk_pause_ms_max);
}

std::int64_t Machine::next_chunk_tick_ms() const {
  constexpr auto never = std::numeric_limits<std::int64_t>::max();
  if (state_ != State::streaming || !next_.snapshot || next_.snapshot->paused) return never;
  if (chunk_stage_ == ChunkStage::none) return chunk_due_ms_;
  if (chunk_stage_ == ChunkStage::ready && !transaction_ && next_.read_through < chunk_not_before_)
    return chunk_ping_ms_;
  return never;
}

}  // namespace wakestream::capture
