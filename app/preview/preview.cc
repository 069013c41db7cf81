#include "app/preview/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "app/commands.h"
#include "app/preview/advice.h"
#include "app/preview/change_pump.h"
#include "app/preview/event_printer.h"
#include "app/preview/file_source.h"
#include "app/preview/live_source.h"
#include "app/preview/rules_diff.h"
#include "app/preview/snapshot_pump.h"
#include "mapping/mapper.h"
#include "roles/capture/snapshot_plan.h"
#include "roles/capture/table_check.h"

namespace wakestream::preview {

namespace {

Preview::Failure failure_of(const cdc::Error& error) {
  return {{}, with_advice(error), error.kind == cdc::ErrorKind::connection_failed};
}

std::vector<mapping::Error> misfits_of(const mapping::RuleSet& rules,
                                       const std::vector<mapping::TableShape>& shapes) {
  return mapping::check_rules(rules, shapes);
}

}  // namespace

std::optional<Preview::Failure> Preview::load() {
  auto rules = mapping::RuleSet::load(rule_paths());
  if (!rules) return Failure{rules.error(), {}, false};
  rules_.emplace(std::move(*rules));
  if (!options_.diff) return std::nullopt;
  auto of_files = mapping::RuleSet::load(config_.rules);
  if (!of_files) return Failure{of_files.error(), {}, false};
  of_files_.emplace(std::move(*of_files));
  in_force_ = look_at_rules_in_force(config_, *of_files_);
  if (!in_force_.sentence.empty())
    logger_.log(app::Logger::Level::warning, "rules_in_force", in_force_.sentence);
  return std::nullopt;
}

std::optional<Preview::Failure> Preview::open() {
  pump_.reset();
  source_.reset();  // its slot goes first
  if (options_.from == "snapshot") return open_snapshot();
  if (from_file()) {
    source_ = std::make_unique<FileSource>(options_.from);
    pump_ = std::make_unique<ChangePump>(*source_);
    return std::nullopt;
  }
  LiveSource::Options options;
  options.from_slot = options_.from == "slot";
  options.stop_fd = stop_.fd();
  auto live = LiveSource::connect(config_, options);
  if (!live) return failure_of(live.error());
  source_ = std::move(*live);
  pump_ = std::make_unique<ChangePump>(*source_);
  return std::nullopt;
}

std::optional<Preview::Failure> Preview::open_snapshot() {
  cdc::SessionOptions session;
  session.conninfo = config_.source.url.reveal();
  session.application_name = "wakestream preview";
  session.interrupt_fd = stop_.fd();
  std::vector<capture::SnapshotTablePlan> tables;
  // With --diff the rows that either takes.
  for (const auto* rules : {&rules_, &of_files_}) {
    if (!*rules) continue;
    auto plan = capture::plan_snapshot(options_.tables, options_.where, **rules, {}, session,
                                       config_.source.publication);
    if (!plan) return Failure{{}, plan.error().message, plan.error().passing};
    for (auto& table : *plan)
      if (std::find(tables.begin(), tables.end(), table) == tables.end())
        tables.push_back(std::move(table));
  }
  if (tables.empty())
    return Failure{{},
                   "no rule makes an event of a SNAPSHOT row: give one that does (op = 'SNAPSHOT')",
                   false};
  logger_.info("previewing",
               "previewing the rows that are there; nothing is written, nothing is locked",
               {{"tables", std::to_string(tables.size())}});
  pump_ = std::make_unique<SnapshotPump>(
      capture::ChunkWorker::Options{session, config_.source.publication}, std::move(tables));
  return std::nullopt;
}

// Of a live source: a recording says what its tables are only with their first row.
std::optional<Preview::Failure> Preview::misfits() const {
  const auto* live = dynamic_cast<const LiveSource*>(source_.get());
  if (live == nullptr) return std::nullopt;
  std::vector<mapping::TableShape> shapes;
  for (const auto& table : live->tables())
    shapes.push_back(capture::shape_of(table, config_.source.publication));
  auto problems = misfits_of(*rules_, shapes);
  if (problems.empty() && of_files_) problems = misfits_of(*of_files_, shapes);
  if (problems.empty()) return std::nullopt;
  return Failure{std::move(problems), {}, false};
}

std::optional<Preview::Failure> Preview::round(const std::function<bool()>& interrupted) {
  if (auto failure = load()) return failure;
  if (auto failure = open()) return failure;
  if (auto failure = misfits()) return failure;
  if (const auto* live = dynamic_cast<const LiveSource*>(source_.get()))
    logger_.info("previewing",
                 "previewing; nothing is written and the pipeline's slot stays where it is",
                 {{"from", cdc::to_string(live->reached())}});
  std::unique_ptr<RowViewer> viewer;
  if (options_.diff) {
    viewer = std::make_unique<RulesDiff>(*of_files_, *rules_);
  } else {
    viewer = std::make_unique<EventPrinter>(
        *rules_, EventPrinter::Options{options_.limit, options_.show_values}, output_);
  }
  auto& pump = *pump_;
  const auto begin = std::chrono::steady_clock::now();
  bool ended = false;
  while (!ended && !stop_.requested() && !interrupted() && !viewer->enough()) {
    ended = pump.step(*viewer) == RowPump::Step::ended;
    if (options_.until_idle_s && pump.idle_s() >= *options_.until_idle_s) break;
    if (options_.diff && options_.limit && pump.row_count() >= *options_.limit) break;
  }
  output_.flush();
  if (!pump.problem().empty()) {
    Failure failure{{}, pump.problem(), pump.try_again()};
    if (!pump.rule_error().message.empty()) failure.rule_problems.push_back(pump.rule_error());
    return failure;
  }
  if (const auto* diff = dynamic_cast<const RulesDiff*>(viewer.get())) {
    differs_ = diff->differs();
    options_.json ? diff->print_json(pump.row_count(), in_force_, output_)
                  : diff->print_text(output_);
    output_.flush();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  app::Logger::Fields fields{{"rows", std::to_string(pump.row_count())}};
  const bool waits = options_.from == "now" || options_.from == "slot";
  const auto seconds = took.count() - (options_.until_idle_s && waits ? pump.idle_s() : 0);
  if (const auto* printer = dynamic_cast<const EventPrinter*>(viewer.get())) {
    fields.emplace_back("events", std::to_string(printer->event_count()));
    fields.emplace_back("quarantined", std::to_string(printer->quarantined_count()));
    fields.emplace_back("seconds", fmt::format("{:.3f}", seconds));
    const auto rows = static_cast<double>(pump.row_count());
    fields.emplace_back("rows_per_second", fmt::format("{:.0f}", seconds > 0 ? rows / seconds : 0));
    for (const auto& [type, count] : printer->by_type())
      fields.emplace_back(type, std::to_string(count));
  }
  if (const auto* file = dynamic_cast<const FileSource*>(source_.get());
      file != nullptr && file->cut_short())
    logger_.log(app::Logger::Level::warning, "recording_cut_short",
                fmt::format("{} was cut short: what it holds is shown", options_.from));
  logger_.info("previewed", "preview ends", fields);
  return std::nullopt;
}

int Preview::say(const Failure& failure) {
  for (const auto& problem : failure.rule_problems)
    logger_.error("rule_invalid", mapping::to_string(problem));
  if (failure.rule_problems.empty())
    logger_.error(from_file() ? "recording_unreadable" : "postgres", failure.problem);
  return failure.try_again ? app::exit_try_again : app::exit_problem;
}

int Preview::once() {
  if (const auto failure = round([] { return false; })) return say(*failure);
  return differs_ ? exit_differs : app::exit_done;
}

}  // namespace wakestream::preview
