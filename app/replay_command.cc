#include "app/replay_command.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/load_rules.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"
#include "app/quarantine_command.h"
#include "app/rules_reload_command.h"
#include "roles/capture/replay.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds deadline{10'000};

void print_counts(const capture::ReplayCounts& counts, bool dry_run) {
  Output output;
  output.line() +=
      fmt::format("{{\"outcome\":\"{}\",\"replayed\":{},\"no_event\":{},\"left\":{}}}",
                  dry_run ? "dry run" : "done", counts.replayed, counts.no_event, counts.left);
  output.end_line();
}

// What the files' rules would make of the rows, by the tables as they are now.
int try_replay(const Config& config, log::EventLog& event_log, const capture::Topics& topics,
               const capture::RowFilter& filter, std::int64_t end, Logger& logger) {
  const auto rules = load_rules(config, logger);
  if (!rules) return exit_problem;
  cdc::SessionOptions session_options;
  session_options.conninfo = config.source.url.reveal();
  auto session = cdc::ReplicationSession::connect(session_options);
  auto tables = session ? (*session)->published_tables(config.source.publication)
                        : tl::make_unexpected(session.error());
  if (!tables) {
    logger.error("database_unreadable", tables.error().message);
    return exit_try_again;
  }
  auto source = capture::ReplaySource::open(event_log, topics.quarantine, filter, 0, end,
                                            capture::tables_of(*tables), {});
  if (!source) return say_log_failure(logger, "quarantine_unreadable", source.error());
  capture::RecordBatch batch;
  capture::EventRecorder recorder({config.pipeline, 1, record_bytes_max(config)}, topics, batch);
  recorder.adopt_registry(rules->event_types(), rules->event_types());
  capture::ReplayCounts counts;
  while (true) {
    const auto step = (*source)->next();
    if (!step) return say_log_failure(logger, "quarantine_unreadable", step.error());
    counts += capture::replay(*step, *rules, 1, {cdc::Lsn{1}, 0}, {}, nullptr, recorder);
    batch.clear();
    if (!step->next_step) break;
  }
  print_counts(counts, true);
  return exit_done;
}

int replay_rows(const Config& config, const ReplayOptions& options, Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return say_log_failure(logger, "log_invalid", event_log.error());
  const capture::Topics topics(config.pipeline);
  const auto ends = (*event_log)->end_offsets(topics.quarantine, deadline);
  if (!ends) return say_log_failure(logger, "quarantine_unreadable", ends.error());
  const auto end = ends->front();
  if (options.dry_run) return try_replay(config, **event_log, topics, options.filter, end, logger);
  capture::Command command;
  command.name = capture::Command::replay_quarantine;
  command.rule = options.filter.rule;
  command.table = options.filter.table;
  command.end_offset = end;
  capture::ReplayCounts counts;
  const auto code =
      give_command(config, std::move(command), options.give, logger,
                   [&counts](const capture::Decision& decision) { counts += decision.counts; });
  if (code == exit_done) print_counts(counts, false);
  return code;
}

}  // namespace

int replay_command(const Config& config, const ReplayOptions& options, Logger& logger) {
  if (!options.report.empty())
    return replay_report_command(config, options.consumer, options.report, logger);
  if (options.from == "quarantine") return replay_rows(config, options, logger);
  if (options.from == "log")
    return replay_log_command(
        config,
        {options.consumer,
         {options.choice.account, options.choice.type, options.since, options.until},
         options.dry_run,
         options.stop,
         options.give},
        logger);
  return replay_letters_command(
      config, {options.consumer, options.choice, options.dry_run, options.limit, options.give},
      logger);
}

}  // namespace wakestream::app
