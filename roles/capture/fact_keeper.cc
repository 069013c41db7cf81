#include "roles/capture/fact_keeper.h"

#include <algorithm>
#include <utility>

namespace wakestream::capture {

void DurationTally::add(double seconds) {
  ++count;
  sum += seconds;
  const auto at = std::lower_bound(upper_bounds.begin(), upper_bounds.end(), seconds);
  if (at != upper_bounds.end()) ++counts[static_cast<std::size_t>(at - upper_bounds.begin())];
}

void FactKeeper::saw(Time now, const Input& input) {
  std::visit([&](const auto& what) { note(now, what); }, input);
  const auto state = machine_.state();
  if (facts_.started_ms == 0) facts_.started_ms = facts_.state_since_ms = now.wall_ms;
  if (state == facts_.state) return;
  facts_.state = state;
  facts_.state_since_ms = now.wall_ms;
  changed_ = true;
  if (state != State::streaming) return;
  facts_.waits_for.clear();
  facts_.waits_because.clear();
}

void FactKeeper::saw(Time now, const Action& action) {
  std::visit([&](const auto& what) { note(now, what); }, action);
}

void FactKeeper::saw_committed(const RecordBatch& batch) {
  facts_.committed.add(batch.tally());
  facts_.committed_records += batch.size();
  facts_.committed_bytes += batch.byte_count();
}

void FactKeeper::publish(Time now) {
  if (!watcher_) return;
  facts_.at_ms = now.wall_ms;
  facts_.reads = machine_.wants_messages();
  facts_.durable = machine_.durable();
  changed_ = false;
  published_ms_ = now.mono_ms;
  watcher_(facts_);
}

void FactKeeper::advance(Time now, cdc::Lsn position) {
  if (position <= facts_.received) return;
  facts_.received = position;
  facts_.last_progress_ms = now.wall_ms;
}

void FactKeeper::note(Time, const input::Connected&) { ++facts_.connections; }

void FactKeeper::note(Time, const input::PostgresFailed&) { ++facts_.connection_failures; }

void FactKeeper::note(Time now, const input::StreamStarted&) {
  ++facts_.streams;
  facts_.received = machine_.durable() ? machine_.durable()->read_through : cdc::Lsn();
  facts_.last_progress_ms = now.wall_ms;
  newest_ = before_newest_ = in_flight_ = keepalive_ = {};
}

void FactKeeper::note(Time now, const input::RowReceived&) {
  ++facts_.rows;
  facts_.last_message_ms = now.wall_ms;
  advance(now, message_at_);
}

void FactKeeper::note(Time now, const input::Ended& what) {
  ++facts_.transactions;
  facts_.last_message_ms = now.wall_ms;
  advance(now, what.end_lsn);
  before_newest_ = newest_;
  newest_ = {what.end_lsn, commit_time_us_ / 1000};
}

void FactKeeper::note(Time now, const input::KeptAlive& what) {
  facts_.last_keepalive_ms = now.wall_ms;
  advance(now, what.wal_end);
  if (!machine_.durable()) return;
  if (what.wal_end <= machine_.durable()->read_through) {
    facts_.caught_up_ms = now.wall_ms;
  } else {
    keepalive_ = {what.wal_end, now.wall_ms};
  }
}

void FactKeeper::note(Time, const input::LogFailed&) { ++facts_.log_failures; }

void FactKeeper::note(Time now, const input::Committed&) {
  if (write_began_ms_ == 0) return;
  facts_.log_commit.add(static_cast<double>(now.mono_ms - write_began_ms_) / 1000);
  write_began_ms_ = 0;
  if (keepalive_.at_ms > facts_.caught_up_ms &&
      keepalive_.through <= machine_.durable()->read_through)
    facts_.caught_up_ms = keepalive_.at_ms;
  if (in_flight_.at_ms == 0) return;
  facts_.newest_commit_ms = std::max(facts_.newest_commit_ms, in_flight_.at_ms);
  const auto took_ms = std::max<std::int64_t>(0, now.wall_ms - in_flight_.at_ms);
  facts_.source_to_log.add(static_cast<double>(took_ms) / 1000);
  in_flight_ = {};
}

void FactKeeper::note(Time, const input::NotWritten&) { write_began_ms_ = 0; }

void FactKeeper::note(Time, const input::InDoubt&) {
  ++facts_.commits_in_doubt;
  write_began_ms_ = 0;
  changed_ = true;
}

void FactKeeper::note(Time, const action::SendFeedback& what) { facts_.confirmed = what.flushed; }

void FactKeeper::note(Time now, const action::Write& what) {
  write_began_ms_ = now.mono_ms;
  const auto through = what.checkpoint.read_through;
  in_flight_ = {};
  if (newest_.through <= through) {
    in_flight_ = std::exchange(newest_, {});
  } else if (before_newest_.through <= through) {
    in_flight_ = std::exchange(before_newest_, {});
  }
}

void FactKeeper::note(Time, const action::Say& what) {
  if (machine_.state() == State::streaming) return;
  facts_.waits_for = what.event;
  facts_.waits_because = what.message;
  changed_ = true;
}

}  // namespace wakestream::capture
