#include "roles/capture/context_fill.h"

#include <utility>
#include <vector>

#include "roles/capture/chunk_size.h"
#include "roles/capture/event_recorder.h"

namespace wakestream::capture {

void ContextFill::import(const action::ImportSnapshot& what, const cdc::ServerInstance& server) {
  if (!worker_) worker_ = std::make_unique<ChunkWorker>(options_);
  task_ = {server, what.table, {}, what.snapshot};
  wanted_.reset();
  worker_->post(task_);
}

void ContextFill::take(const action::TakeAccounts& what) {
  wanted_ = what;
  task_.range.rows_max = what.rows_max;
  task_.range.bytes_max = ChunkSize::bytes_max;
  worker_->post(task_);
}

void ContextFill::drop() {
  if (worker_) worker_->drop();
}

std::optional<Input> ContextFill::take_answer(ContextFeed& context, mapping::Mapper& mapper,
                                              RecordBuffers& buffers) {
  if (!worker_) return std::nullopt;
  const auto taken = worker_->take();
  if (!taken) return std::nullopt;
  if (!taken->chunk)
    return input::FillFailed{taken->chunk.error().message, taken->chunk.error().passing};
  if (!wanted_) return input::SnapshotImported{};
  auto answer = context.or_failure(record(*taken, context, mapper, buffers.open()));
  if (std::holds_alternative<input::FillFailed>(answer)) buffers.undo();
  buffers.seal();
  return answer;
}

// Each row has a place of its own, for what goes to quarantine.
Input ContextFill::record(const ChunkWorker::Taken& taken, ContextFeed& context,
                          mapping::Mapper& mapper, const RecordBatch& batch) const {
  const auto& rows = taken.chunk->rows;
  const auto read_at_us = taken.chunk->read_at_us;
  if (wanted_->empties_context) context.empty_context(wanted_->late.said_at, read_at_us / 1000);
  std::vector<cdc::Value> values(taken.table->relation.columns.size());
  cdc::RowChange change;
  change.operation = cdc::Operation::snapshot;
  change.relation = &taken.table->relation;
  for (std::size_t row = 0; row < rows.row_count(); ++row) {
    for (std::size_t column = 0; column < values.size(); ++column)
      values[column] = rows.at(row, column);
    change.after = values;
    const auto origin = late_origin(wanted_->epoch, wanted_->late, row + 1, read_at_us);
    // It fitted when the rules were checked.
    if (auto recorded = context.take(origin, change, mapper); !recorded)
      return input::FillFailed{mapping::to_string(recorded.error()), true};
  }
  return input::AccountsTaken{batch.size(), batch.byte_count(), rows.row_count(),
                              taken.chunk->reached_end};
}

}  // namespace wakestream::capture
