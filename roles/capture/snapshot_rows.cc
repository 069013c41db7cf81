// Of a chunk's rows: which go out, and what is recorded of them.
#include <algorithm>

#include "roles/capture/command.h"
#include "roles/capture/snapshot_runner.h"
#include "roles/capture/wall_time.h"

namespace wakestream::capture {

namespace {

// In vain, though no transaction from before was to blame: the key changes all the time.
constexpr std::uint32_t again_rounds_max = 100;

std::size_t bytes_of(const std::vector<SnapshotPosition::Key>& keys) {
  std::size_t bytes = 0;
  for (const auto& key : keys)
    for (const auto& value : key) bytes += value.size();
  return bytes;
}

// One row's events into the recorder.
class RowSink final : public mapping::EventSink {
 public:
  // `said`: what it says already is left out; null: nothing is.
  RowSink(const action::ApplyChunk& what, std::uint32_t epoch, std::int64_t read_at_us,
          EventRecorder& recorder, SaidEvents* said)
      : row_{epoch, what.progress.number, what.progress.began_at, {}, what.progress.consumer},
        late_(what.late),
        read_at_us_(read_at_us),
        recorder_(recorder),
        said_(said) {}

  void set_key(cdc::RowKey key) { row_.key = key; }
  void on_event(const mapping::ChangeOrigin&, const mapping::Event& event) override {
    if (said_ != nullptr && said_->is_said(event)) {
      ++unchanged_;
      return;
    }
    recorder_.on_snapshot_event(row_, event, next_origin());
  }
  void on_quarantined(const mapping::ChangeOrigin&, const mapping::QuarantinedRow& row) override {
    recorder_.on_quarantined(next_origin(), row);
  }
  void on_too_large(std::string_view table, std::size_t bytes, std::size_t bytes_max) {
    recorder_.on_too_large(next_origin(), table, bytes, bytes_max);
  }
  std::uint64_t unchanged() const { return unchanged_; }
  // Of the next record.
  mapping::ChangeOrigin next_origin() {
    return late_origin(row_.epoch, late_, ++records_, read_at_us_);
  }

 private:
  SnapshotRow row_;
  LatePlace late_;
  std::int64_t read_at_us_;
  EventRecorder& recorder_;
  SaidEvents* said_;
  std::uint64_t records_ = 0;
  std::uint64_t unchanged_ = 0;
};

}  // namespace

cdc::RowKey SnapshotRunner::row_key(const cdc::SnapshotTable& table, cdc::RowKeyHash of_table,
                                    const cdc::RowBlock& rows, std::size_t row) {
  for (const auto column : table.key_columns) of_table.add(rows.at(row, column).text);
  return of_table.value();
}

SnapshotPosition::Key SnapshotRunner::key_of(const cdc::SnapshotTable& table,
                                             const cdc::RowBlock& rows, std::size_t row) {
  SnapshotPosition::Key key;
  key.reserve(table.key_columns.size());
  for (const auto column : table.key_columns) key.emplace_back(rows.at(row, column).text);
  return key;
}

SnapshotRunner::Sorted SnapshotRunner::sort(const Ready& ready,
                                            const SnapshotPosition& position) const {
  using Kind = cdc::KeyState::Kind;
  const auto& table = *ready.table;
  const auto& range = ready.asked.task.range;
  const auto& rows = ready.chunk.rows;
  Sorted sorted;
  sorted.position = position;
  auto& again = sorted.position.again;
  bool some_ran = false;
  const auto of_table = cdc::RowKeyHash().add(std::string_view(ready.asked.task.table));
  sorted.rows.reserve(ready.chunk.again.row_count() + rows.row_count());
  // False when there is no more room for a key that is to be read again.
  const auto take = [&](const cdc::RowBlock& block, std::size_t row) {
    const auto key = row_key(table, of_table, block, row);
    const auto state = window_.state_of(key.low, ready.chunk.sight);
    if (state.kind == Kind::as_read) sorted.rows.push_back({&table.relation, &block, row, key});
    if (state.kind == Kind::as_streamed)
      sorted.rows.push_back({state.image->relation.get(), &state.image->row, 0, key});
    if (state.kind != Kind::unknown) return true;
    some_ran = some_ran || state.ran;
    const bool again_itself = &block != &rows;
    if (!again_itself && (again.size() >= SnapshotPosition::again_max ||
                          bytes_of(again) >= SnapshotPosition::again_bytes_max))
      return false;
    again.push_back(key_of(table, block, row));
    return true;
  };
  // What was read again and is not there any more was deleted: the stream says so.
  if (!range.again.empty()) again.clear();
  for (std::size_t row = 0; row < ready.chunk.again.row_count(); ++row)
    take(ready.chunk.again, row);
  std::size_t row = 0;
  while (row < rows.row_count() && take(rows, row)) ++row;
  if (row > 0) sorted.position.after = key_of(table, rows, row - 1);
  if (range.rows_max > 0)
    sorted.position.reached_end = ready.chunk.reached_end && row == rows.row_count();
  sorted.position.rows += sorted.rows.size();
  sorted.position.rows_estimated = table.rows_estimated;
  const bool in_vain = sorted.rows.empty() && range.rows_max == 0;
  if (!in_vain) sorted.position.again_rounds = 0;
  if (in_vain && !some_ran) ++sorted.position.again_rounds;
  if (sorted.position.again_rounds >= again_rounds_max) {
    sorted.left_to_stream = again.size();
    again.clear();
    sorted.position.again_rounds = 0;
  }
  return sorted;
}

// The error is a rule's that does not fit the table as it was described.
std::optional<std::string> SnapshotRunner::record_rows(const Ready& ready, Sorted& sorted,
                                                       const action::ApplyChunk& what,
                                                       std::uint32_t epoch, EventRecorder& recorder,
                                                       ContextFeed& context) {
  if (what.empties_context) context.empty_context(what.late.said_at, ready.chunk.read_at_us / 1000);
  RowSink sink(what, epoch, ready.chunk.read_at_us, recorder,
               what.progress.differences ? &said_ : nullptr);
  const auto origin = late_origin(epoch, what.late, 1, ready.chunk.read_at_us);
  std::vector<cdc::Value> values;
  cdc::RowChange change;
  change.operation = cdc::Operation::snapshot;
  for (const auto& out : sorted.rows) {
    values.resize(out.relation->columns.size());
    for (std::size_t column = 0; column < values.size(); ++column)
      values[column] = out.block->at(out.row, column);
    change.relation = out.relation;
    change.after = values;
    sink.set_key(out.key);
    if (auto taken = context.take(origin, change, *mapper_); !taken)
      return mapping::to_string(taken.error());
    const auto bytes = out.block->row_bytes(out.row);
    if (bytes > options_.row_bytes_max) {
      sink.on_too_large(ready.asked.task.table, bytes, options_.row_bytes_max);
      continue;
    }
    if (auto mapped = mapper_->map(origin, change, sink); !mapped)
      return mapping::to_string(mapped.error());
  }
  sorted.position.unchanged += sink.unchanged();
  return std::nullopt;
}

// Only where every row was met by this index.
std::optional<std::uint64_t> SnapshotRunner::said_but_not_found(
    const SnapshotProgress& progress, const cdc::Relation& table,
    const mapping::RuleSet& rules) const {
  const auto& plan = progress.tables.front();
  if (!progress.differences || !plan.where.empty() || plan.name == met_in_part_)
    return std::nullopt;
  return said_.not_met(mapping::snapshot_event_types(rules, table));
}

void SnapshotRunner::record_table_done(const action::ApplyChunk& what,
                                       const input::ChunkApplied& applied,
                                       const mapping::RuleSet& rules, RecordBatch& batch) const {
  Decision decision;
  decision.id = what.progress.id;
  decision.command = Command::snapshot_table;
  decision.done = true;
  decision.more = what.progress.tables.size() > 1;
  decision.at = what.late.said_at;
  decision.rules_hash = decision.rules_hash_before = rules.hash();
  decision.rules_since = {what.late.said_at, 0};
  decision.snapshot = what.progress.number;
  decision.where = what.progress.tables.front().where;
  decision.table = what.progress.tables.front().name;
  decision.rows = applied.position.rows;
  decision.differences = what.progress.differences;
  decision.unchanged = applied.position.unchanged;
  decision.said_but_not_found = applied.said_but_not_found;
  decision.decided_by = options_.decided_by;
  decision.decided_at_ms = wall_ms();
  batch.add(topics_.decisions, 0, decision.decided_at_ms, decision.id, {},
            encode_decision(decision));
}

}  // namespace wakestream::capture
