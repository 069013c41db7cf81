#include "app/preview/snapshot_pump.h"

#include <poll.h>

#include <limits>
#include <utility>

namespace wakestream::preview {

namespace {

constexpr int wait_ms = 100;

}  // namespace

SnapshotPump::SnapshotPump(capture::ChunkWorker::Options options,
                           std::vector<capture::SnapshotTablePlan> tables)
    : interrupt_fd_(options.session.interrupt_fd),
      tables_(tables.begin(), tables.end()),
      worker_(std::move(options)) {}

void SnapshotPump::ask() {
  range_.where = tables_.front().where;
  range_.bytes_max = capture::ChunkSize::bytes_max;
  range_.rows_max = chunk_size_.rows(std::numeric_limits<std::uint64_t>::max());
  worker_.post({{}, tables_.front().name, range_});
  asked_ = true;
}

RowPump::Step SnapshotPump::step(RowViewer& viewer) {
  if (tables_.empty()) return Step::ended;
  if (!asked_) ask();
  pollfd entries[] = {{worker_.wakeup_fd(), POLLIN, 0}, {interrupt_fd_, POLLIN, 0}};
  poll(entries, std::size(entries), wait_ms);
  auto taken = worker_.take();
  if (!taken) {
    viewer.on_quiet();
    return Step::quiet;
  }
  note_message();
  if (!taken->chunk) return fail(taken->chunk.error().message, taken->chunk.error().passing);
  const auto& chunk = *taken->chunk;
  if (chunk.reached_end) {
    tables_.pop_front();
    range_.after.clear();
    chunk_size_.forget();
  } else {
    chunk_size_.learn(chunk.rows);
    range_.after.clear();
    for (const auto column : taken->table->key_columns)
      range_.after.emplace_back(chunk.rows.at(chunk.rows.row_count() - 1, column).text);
  }
  if (!tables_.empty()) ask();
  return show_all(viewer, taken->table->relation, chunk);
}

RowPump::Step SnapshotPump::show_all(RowViewer& viewer, const cdc::Relation& relation,
                                     const cdc::Chunk& chunk) {
  origin_.commit_lsn = chunk.sight.high;
  origin_.commit_time_us = chunk.read_at_us;
  cdc::RowChange change;
  change.operation = cdc::Operation::snapshot;
  change.relation = &relation;
  values_.resize(relation.columns.size());
  for (std::size_t row = 0; row < chunk.rows.row_count() && !viewer.enough(); ++row) {
    for (std::size_t column = 0; column < values_.size(); ++column)
      values_[column] = chunk.rows.at(row, column);
    change.after = values_;
    ++origin_.ordinal;
    if (show(viewer, origin_, change, chunk.sight.high) == Step::ended) return Step::ended;
  }
  return Step::went_on;
}

}  // namespace wakestream::preview
