#include "app/consumer/consumer_control.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/commands.h"
#include "app/consumer/known_consumer.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"
#include "app/snapshot/snapshot_command.h"
#include "roles/deliver/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds begun_deadline{10'000};

int control(const Config& config, std::string_view name, const ConsumerControlOptions& options,
            Logger& logger) {
  if (!is_known_consumer(config, options.consumer, logger)) return exit_problem;
  deliver::Command command;
  command.name = name;
  command.consumer = options.consumer;
  return give_command(config, std::move(command), options.give, logger,
                      [](const deliver::Decision& decision) {
                        Output output;
                        output.line() += encode_decision(decision);
                        output.end_line();
                      });
}

// It reads from then on, whether somebody delivers to it now or not.
log::Result<bool> has_begun(const Config& config, const std::string& consumer) {
  auto event_log = open_log(config);
  if (!event_log) return tl::make_unexpected(event_log.error());
  const deliver::Topics topics(config.pipeline, consumer);
  const auto committed =
      (*event_log)
          ->committed_offsets({topics.group, topics.events, log::Settled::as_it_is, {}},
                              begun_deadline);
  if (!committed && committed.error().kind == log::ErrorKind::topic_missing) return false;
  if (!committed) return tl::make_unexpected(committed.error());
  return std::ranges::all_of(*committed, [](const auto& one) { return !one.writer.empty(); });
}

}  // namespace

int consumer_pause_command(const Config& config, const ConsumerControlOptions& options,
                           Logger& logger) {
  return control(config, deliver::Command::pause, options, logger);
}

int consumer_resume_command(const Config& config, const ConsumerControlOptions& options,
                            Logger& logger) {
  return control(config, deliver::Command::resume, options, logger);
}

int consumer_bootstrap_command(const Config& config, const ConsumerBootstrapOptions& options,
                               Logger& logger) {
  if (!is_known_consumer(config, options.consumer, logger)) return exit_problem;
  const auto begun = has_begun(config, options.consumer);
  if (!begun) return say_log_failure(logger, "command_not_given", begun.error());
  if (!*begun) {
    logger.error("command_not_given",
                 fmt::format("deliveries to {} have not begun yet, so changes of the rows that it "
                             "gets now would be missed: start `wakestream run` with it in the "
                             "configuration first",
                             options.consumer));
    return exit_problem;
  }
  SnapshotOptions snapshot;
  snapshot.action = "start";
  snapshot.consumer = options.consumer;
  snapshot.tables = options.tables;
  snapshot.where = options.where;
  snapshot.follow = options.follow;
  snapshot.give = options.give;
  return snapshot_command(config, snapshot, logger);
}

}  // namespace wakestream::app
