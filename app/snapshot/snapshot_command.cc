#include "app/snapshot/snapshot_command.h"

#include "app/commands.h"
#include "app/open_log.h"
#include "app/output.h"
#include "app/snapshot/snapshot_follow.h"
#include "app/snapshot/snapshot_text.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds deadline{10'000};

int snapshot_status(const Config& config, bool json, Logger& logger) {
  auto event_log = open_log(config);
  const capture::Topics topics(config.pipeline);
  auto record =
      event_log ? (*event_log)
                      ->latest(topics.checkpoint, config.pipeline, log::Settled::as_it_is, deadline)
                : tl::make_unexpected(event_log.error());
  if (!record) {
    logger.error("log_unreadable", record.error().message);
    return record.error().kind == log::ErrorKind::unreachable ? exit_try_again : exit_problem;
  }
  std::optional<capture::SnapshotProgress> snapshot;
  if (*record) {
    auto checkpoint = capture::decode_checkpoint((*record)->value);
    if (!checkpoint) {
      logger.error("log_unreadable", checkpoint.error());
      return exit_problem;
    }
    snapshot = std::move(checkpoint->snapshot);
  }
  Output output;
  output.line() += json ? snapshot_json(snapshot) : "snapshot: " + snapshot_text(snapshot);
  output.end_line();
  return exit_done;
}

}  // namespace

int snapshot_command(const Config& config, const SnapshotOptions& options, Logger& logger) {
  if (options.action == "status" && options.follow) return follow_snapshot(config, {}, logger);
  if (options.action == "status") return snapshot_status(config, options.json, logger);
  capture::Command command;
  command.name = "snapshot_" + options.action;
  command.tables = options.tables;
  command.where = options.where;
  command.differences = options.differences;
  command.consumer = options.consumer;
  std::uint64_t number = 0;
  const auto code = give_command(config, std::move(command), options.give, logger,
                                 [&number](const capture::Decision& decision) {
                                   number = decision.snapshot;
                                   Output output;
                                   output.line() += encode_decision(decision);
                                   output.end_line();
                                 });
  if (code != exit_done || !options.follow) return code;
  return follow_snapshot(config, number, logger);
}

}  // namespace wakestream::app
