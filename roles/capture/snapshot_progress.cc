#include "roles/capture/snapshot_progress.h"

#include <fmt/format.h>

namespace wakestream::capture {

tl::expected<std::optional<SnapshotProgress>, std::string> change_snapshot(
    std::optional<SnapshotProgress> progress, const SnapshotChange& change, std::uint64_t number,
    cdc::Lsn at, std::int64_t now_ms) {
  using Kind = SnapshotChange::Kind;
  if (change.kind == Kind::start) {
    if (progress)
      return tl::make_unexpected(
          fmt::format("snapshot {} is not done: wait for it, or give `wakestream snapshot cancel`",
                      progress->number));
    SnapshotProgress begun;
    begun.number = number;
    begun.id = change.id;
    begun.began_at = at;
    begun.began_at_ms = now_ms;
    begun.tables = change.tables;
    begun.differences = change.differences;
    begun.consumer = change.consumer;
    return begun;
  }
  if (!progress)
    return tl::make_unexpected(
        std::string("there is no snapshot: `wakestream snapshot start` begins one"));
  if (change.kind == Kind::cancel) return std::nullopt;
  const bool pause = change.kind == Kind::pause;
  if (progress->paused == pause)
    return tl::make_unexpected(fmt::format("snapshot {} {}", progress->number,
                                           pause ? "is paused already" : "is not paused"));
  progress->paused = pause;
  progress->paused_because.clear();
  return progress;
}

std::optional<SnapshotProgress> next_table(SnapshotProgress progress) {
  ++progress.tables_done;
  progress.rows_done += progress.position.rows;
  progress.unchanged_done += progress.position.unchanged;
  progress.position = {};
  progress.tables.erase(progress.tables.begin());
  if (progress.tables.empty()) return std::nullopt;
  return progress;
}

}  // namespace wakestream::capture
