#include "roles/capture/snapshot_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "mapping/rule.h"
#include "roles/capture/snapshot_plan.h"

namespace wakestream::capture {

namespace {

using Clock = std::chrono::steady_clock;

// Short transactions from before the window end by themselves; of longer ones people are told.
constexpr std::chrono::seconds held_up_quietly{5};

}  // namespace

SnapshotRunner::SnapshotRunner(Options options, log::EventLog& event_log, const Topics& topics,
                               const RecordBuffers& buffers, EventRecorder& recorder)
    : options_(std::move(options)),
      topics_(topics),
      worker_(options_.worker),
      said_(event_log, topics, buffers, [this] { worker_.wake(); }) {
  recorder.set_listener(said_);
}

cdc::SnapshotResult<std::vector<SnapshotTablePlan>> SnapshotRunner::planned(
    const std::vector<std::string>& tables, const mapping::RuleSet& rules,
    const std::string& context_table) const {
  auto session = options_.worker.session;
  session.only = server_;
  return plan_snapshot(tables, {}, rules, context_table, session, options_.worker.publication);
}

Input SnapshotRunner::look_ahead(const action::CheckRules& what, const mapping::RuleSet& rules,
                                 const mapping::ContextRule* context, Input answer) const {
  auto* const checked = std::get_if<input::RulesChecked>(&answer);
  if (checked == nullptr) return answer;
  cdc::SnapshotProblem problem;
  if (what.plan_snapshot) {
    auto plan = planned({}, rules, {});
    if (plan) checked->snapshot = std::move(*plan);
    if (!plan) problem = plan.error();
    checked->snapshot_problem = problem.message;
  }
  if (what.reads_context && !problem.passing) {
    const auto plan = planned({context->table()}, rules, context->table());
    if (!plan) problem = plan.error();
    if (!plan) checked->context_problem = problem.message;
  }
  if (!problem.passing) return answer;
  return input::PostgresFailed{{cdc::ErrorKind::connection_failed, problem.message, {}}};
}

void SnapshotRunner::watch(const SnapshotProgress& progress) {
  if (watches_ && number_ == progress.number) return;
  std::vector<std::string> names;
  names.reserve(progress.tables.size());
  for (const auto& table : progress.tables) names.push_back(table.name);
  touched_.set_tables(names);
  window_.restart();
  held_up_since_.reset();
  watches_ = true;
  number_ = progress.number;
}

void SnapshotRunner::drop() {
  worker_.drop();
  asked_.reset();
  ready_.reset();
  ahead_.reset();
  wanted_ = false;
  // What was recorded may be dropped with it, and was never said then.
  comparison_wanted_ = false;
  said_.drop();
  // While nothing is asked for no notes are taken either.
  watches_ = false;
}

ChunkWorker::Task SnapshotRunner::task_for(const action::TakeChunk& what,
                                           const mapping::RuleSet& rules) {
  const auto& progress = what.progress;
  const auto& position = progress.position;
  ChunkWorker::Task task{server_, progress.tables.front().name, {}};
  task.range.where = progress.tables.front().where;
  task.range.after = position.after;
  task.range.bytes_max = ChunkSize::bytes_max;
  if (position.reached_end || position.again.size() >= SnapshotPosition::again_max / 2) {
    task.range.again = position.again;
    return task;
  }
  const auto rules_of_table =
      std::count_if(rules.rules().begin(), rules.rules().end(), [&](const mapping::Rule& rule) {
        return rule.table_schema + "." + rule.table_name == task.table;
      });
  rows_max_ =
      what.records_max / static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(1, rules_of_table));
  task.range.rows_max = chunk_size_.rows(rows_max_);
  return task;
}

void SnapshotRunner::post(ChunkWorker::Task task) {
  ahead_.reset();
  asked_ = Pending{window_.period(), task};
  worker_.post(std::move(task));
}

// Of types that no rule makes of SNAPSHOT rows nothing is looked for.
bool SnapshotRunner::compares_first(const SnapshotProgress& progress,
                                    const mapping::RuleSet& rules) {
  if (!progress.differences || said_.ready()) return false;
  std::vector<std::string> types;
  for (const auto& rule : rules.rules())
    for (const auto& table : progress.tables)
      if (rule.table_schema + "." + rule.table_name == table.name) types.push_back(rule.type);
  const bool is_new = progress.position == SnapshotPosition{};
  met_in_part_ = is_new ? std::string() : progress.tables.front().name;
  said_.begin(std::move(types));
  comparison_wanted_ = true;
  return true;
}

std::optional<Input> SnapshotRunner::take_comparison() {
  auto answer = said_.take_answer();
  if (answer && std::holds_alternative<input::ChunkFailed>(*answer)) comparison_wanted_ = false;
  return answer;
}

void SnapshotRunner::take(const action::TakeChunk& what, const mapping::RuleSet& rules) {
  if (compares_first(what.progress, rules)) return;
  watch(what.progress);
  ready_.reset();
  if (window_.is_narrow()) window_.restart();
  if (what.progress.position.after.empty()) chunk_size_.forget();
  auto task = task_for(what, rules);
  const bool read_ahead = asked_ && asked_->task.table == task.table &&
                          asked_->task.range.after == task.range.after && task.range.rows_max > 0;
  if (!read_ahead) post(std::move(task));
  wanted_ = true;
  if (ahead_) worker_.wake();
}

std::optional<Input> SnapshotRunner::take_answer() {
  auto taken = worker_.take();
  if (comparison_wanted_) return take_comparison();
  if (!taken && wanted_) taken = std::exchange(ahead_, std::nullopt);
  if (!taken || !asked_) return std::nullopt;
  if (wanted_) return judged(std::move(*taken));
  ahead_ = std::move(taken);
  return std::nullopt;
}

Input SnapshotRunner::judged(ChunkWorker::Taken taken) {
  auto asked = *std::exchange(asked_, std::nullopt);
  wanted_ = false;
  if (!taken.chunk)
    return input::ChunkFailed{taken.chunk.error().message, taken.chunk.error().passing};
  if (asked.period != window_.period()) return input::ChunkFailed{{}, true};
  touched_.set_key(asked.task.table, taken.table->key);
  const auto from_before = window_.judge(taken.chunk->sight);
  if (!from_before.empty()) {
    const auto now = Clock::now();
    if (!held_up_since_) held_up_since_ = now;
    if (now - *held_up_since_ < held_up_quietly) return input::ChunkFailed{{}, true};
    return input::ChunkFailed{
        fmt::format(
            "transactions that ran when it began must end first: {} of them (the oldest has "
            "number {}; pg_stat_activity shows it in backend_xid)",
            from_before.size(), from_before.front()),
        true};
  }
  held_up_since_.reset();
  chunk_size_.learn(taken.chunk->rows);
  const auto high = taken.chunk->sight.high;
  ready_ = Ready{std::move(asked), std::move(taken.table), std::move(*taken.chunk)};
  read_ahead();
  return input::ChunkReady{high};
}

void SnapshotRunner::read_ahead() {
  const auto& rows = ready_->chunk.rows;
  if (ready_->chunk.reached_end || rows.row_count() == 0) return;
  auto task = ready_->asked.task;
  task.range.after = key_of(*ready_->table, rows, rows.row_count() - 1);
  task.range.again.clear();
  task.range.rows_max = chunk_size_.rows(rows_max_);
  post(std::move(task));
}

// The chunk waits for a stream that is far behind. Reading ahead was of no use.
void SnapshotRunner::make_room() {
  if (!ready_) return;
  ahead_.reset();
  if (asked_) worker_.drop();
  asked_.reset();
  const auto& table = ready_->asked.task.table;
  const auto of_table = cdc::RowKeyHash().add(std::string_view(table));
  std::unordered_set<std::uint64_t> keys{cdc::touch_of_all(table)};
  for (const auto* rows : {&ready_->chunk.again, &ready_->chunk.rows})
    for (std::size_t row = 0; row < rows->row_count(); ++row)
      keys.insert(row_key(*ready_->table, of_table, *rows, row).low);
  window_.narrow(std::move(keys));
}

Input SnapshotRunner::apply(const action::ApplyChunk& what, std::uint32_t epoch,
                            const std::shared_ptr<const mapping::RuleSet>& rules,
                            EventRecorder& recorder, ContextFeed& context, RecordBatch& batch) {
  const auto ready = std::exchange(ready_, std::nullopt);
  if (!ready || ready->asked.period != window_.period()) return input::ChunkFailed{{}, true};
  const auto of_all =
      window_.state_of(cdc::touch_of_all(ready->asked.task.table), ready->chunk.sight);
  if (of_all.kind != cdc::KeyState::Kind::as_read) return input::ChunkFailed{{}, true};
  if (what.progress.differences && !said_.ready()) return not_compared();
  if (rules_ != rules) {
    mapper_ = std::make_unique<mapping::Mapper>(*rules, context.lookup());
    rules_ = rules;
  }
  auto sorted = sort(*ready, what.progress.position);
  if (auto problem = record_rows(*ready, sorted, what, epoch, recorder, context)) {
    said_.drop();  // it holds what was recorded until here
    return input::ChunkFailed{*problem, true};
  }
  if (what.progress.differences && !said_.ready()) return not_compared();
  input::ChunkApplied applied;
  applied.position = std::move(sorted.position);
  applied.left_to_stream = sorted.left_to_stream;
  if (applied.position.done()) {
    applied.said_but_not_found = said_but_not_found(what.progress, ready->table->relation, *rules);
    record_table_done(what, applied, *rules, batch);
  }
  applied.record_count = batch.size();
  applied.byte_count = batch.byte_count();
  return applied;
}

// The index is gone: for a reason, or to be read anew.
Input SnapshotRunner::not_compared() {
  auto because = said_.take_failure();
  const bool passing = because.empty();
  return input::ChunkFailed{std::move(because), passing};
}

}  // namespace wakestream::capture
