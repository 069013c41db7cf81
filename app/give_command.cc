#include "app/give_command.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/host_name.h"
#include "app/incarnation.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/stop_signal.h"
#include "cdc/wall_time.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

using cdc::wall_ms;
using SteadyClock = std::chrono::steady_clock;

constexpr log::Milliseconds log_deadline{10'000};

std::string user_name() {
  const auto* entry = getpwuid(geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(geteuid());
}

log::Result<void> write_command(log::EventLog& event_log, const capture::Topics& topics,
                                const capture::Command& command) {
  log::WriterOptions options;
  options.name = "control";
  options.incarnation = to_string(this_process());
  auto writer = event_log.open_writer(options);
  if (!writer) return tl::make_unexpected(writer.error());
  const auto value = encode_command(command);
  log::Record record;
  record.topic = topics.control;
  record.key = command.id;
  record.value = value;
  record.timestamp_ms = command.given_at_ms;
  if (auto begun = (*writer)->begin(); !begun) return begun;
  if (auto produced = (*writer)->produce(record); !produced) return produced;
  return (*writer)->commit({});
}

// The decisions about the command `id`, one a step; false when the last did not come in time.
log::Result<bool> wait_for_decisions(log::Reader& reader, const std::string& id, double timeout_s,
                                     const std::function<void(const capture::Decision&)>& decided) {
  const StopSignal stop;
  const std::chrono::duration<double> timeout(timeout_s);
  auto give_up = SteadyClock::now() + timeout;
  while (SteadyClock::now() < give_up && !stop.requested()) {
    auto batch = reader.poll(100, log::Milliseconds{100});
    if (!batch) return tl::make_unexpected(batch.error());
    for (const auto& record : batch->records) {
      if (record.key != id) continue;
      const auto decision = capture::decode_decision(record.value);
      if (!decision)
        return tl::make_unexpected(log::Error{log::ErrorKind::corrupt, decision.error()});
      decided(*decision);
      if (!decision->more) return true;
      give_up = SteadyClock::now() + timeout;
    }
  }
  return false;
}

void sign(capture::Command& command, const GiveOptions& options) {
  auto signature = sign_as_operator();
  command.given_at_ms = signature.at_ms;
  command.id = std::move(signature.id);
  command.who = std::move(signature.who);
  command.why = options.why;
}

log::Result<void> make_control_topic(const Config& config, log::EventLog& event_log,
                                     const capture::Topics& topics) {
  const log::TopicSpec spec[] = {topics.control_spec()};
  const auto made = event_log.ensure_topics(spec, may_create_topics(config), log_deadline);
  if (!made) return tl::make_unexpected(made.error());
  return {};
}

int problem(Logger& logger, const log::Error& error) {
  return say_log_failure(logger, "command_not_given", error);
}

}  // namespace

OperatorSignature sign_as_operator() {
  const auto at_ms = wall_ms();
  return {at_ms, fmt::format("{}-{}-{}", at_ms, getpid(), host_name()),
          user_name() + "@" + host_name()};
}

int give_command(const Config& config, capture::Command command, const GiveOptions& options,
                 Logger& logger, const std::function<void(const capture::Decision&)>& decided) {
  auto event_log = open_log(config);
  if (!event_log) return problem(logger, event_log.error());
  const capture::Topics topics(config.pipeline);
  if (auto made = make_control_topic(config, **event_log, topics); !made)
    return problem(logger, made.error());
  // Opened before the command is there: its decision cannot be missed.
  auto reader = (*event_log)->open_reader(topics.decisions, log::ReadFrom::latest);
  if (!reader) return problem(logger, reader.error());
  sign(command, options);
  if (auto written = write_command(**event_log, topics, command); !written)
    return problem(logger, written.error());
  std::string refusal;
  const auto note = [&](const capture::Decision& decision) {
    if (!decision.done) refusal = decision.reason;
    decided(decision);
  };
  const auto ended = wait_for_decisions(**reader, command.id, options.timeout_s, note);
  if (!ended) return problem(logger, ended.error());
  if (!*ended) {
    logger.error("no_decision_yet",
                 fmt::format("no capture has decided within {} s. The command stays in the log and "
                             "is carried out when `wakestream run` runs; its decision will be in "
                             "topic {}",
                             options.timeout_s, topics.decisions),
                 {{"id", command.id}});
    return exit_try_again;
  }
  if (refusal.empty()) return exit_done;
  logger.error("command_refused", refusal, {{"id", command.id}});
  return exit_problem;
}

int note_command(const Config& config, capture::Command command, const GiveOptions& options,
                 Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return problem(logger, event_log.error());
  const capture::Topics topics(config.pipeline);
  if (auto made = make_control_topic(config, **event_log, topics); !made)
    return problem(logger, made.error());
  sign(command, options);
  if (auto written = write_command(**event_log, topics, command); !written)
    return problem(logger, written.error());
  return exit_done;
}

}  // namespace wakestream::app
