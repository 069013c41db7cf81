#include "app/dead_letters/dlq_command.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/consumer/known_consumer.h"
#include "app/dead_letters/failure_text.h"
#include "app/dead_letters/letter_line.h"
#include "app/dead_letters/read_lanes.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"

namespace wakestream::app {

namespace {

log::Result<std::vector<deliver::FailureGroup>> failures_of(log::EventLog& event_log,
                                                            const Config& config,
                                                            const std::string& consumer) {
  const auto lanes = read_lanes(event_log, config.pipeline, consumer);
  if (!lanes) return tl::make_unexpected(lanes.error());
  if (!*lanes) return {};
  auto groups = deliver::group_failures(*(*lanes)->store);
  if (auto sound = is_sound(*(*lanes)->store); !sound)
    return tl::make_unexpected(std::move(sound.error()));
  return groups;
}

}  // namespace

int dlq_list_command(const Config& config, const DlqListOptions& options, Logger& logger) {
  if (!options.consumer.empty() && !is_known_consumer(config, options.consumer, logger))
    return exit_problem;
  auto event_log = open_log(config);
  if (!event_log) return say_unreadable(logger, event_log.error());
  Output output;
  bool any = false;
  for (const auto& consumer : config.consumers) {
    const auto& name = consumer.name.name;
    if (!options.consumer.empty() && name != options.consumer) continue;
    const auto groups = failures_of(**event_log, config, name);
    if (!groups) return say_unreadable(logger, groups.error());
    for (const auto& group : *groups) {
      any = true;
      output.line() += options.json ? failure_json(name, group) : failure_text(name, group);
      output.end_line();
    }
  }
  if (!any && !options.json) {
    output.line() += "nothing has failed";
    output.end_line();
  }
  return exit_done;
}

int dlq_show_command(const Config& config, const DlqShowOptions& options, Logger& logger) {
  if (!is_known_consumer(config, options.consumer, logger)) return exit_problem;
  auto event_log = open_log(config);
  if (!event_log) return say_unreadable(logger, event_log.error());
  const auto lanes = read_lanes(**event_log, config.pipeline, options.consumer);
  if (!lanes) return say_unreadable(logger, lanes.error());
  if (!*lanes) return exit_done;
  auto& store = *(*lanes)->store;
  Output output;
  std::string account;
  std::uint64_t lane = 0;
  std::uint64_t count = 0;
  deliver::for_each_letter(store, options.choice.account, [&](const deliver::WalkedLetter& walked) {
    if (!takes(options.choice, walked.letter, walked.lane)) return true;
    if (lane == 0 || account != walked.letter.account()) ++lane;
    account = walked.letter.account();
    append_letter(output.line(), walked, lane);
    output.end_line();
    return !output.closed() && ++count < options.limit;
  });
  if (const auto sound = is_sound(store); !sound) return say_unreadable(logger, sound.error());
  return exit_done;
}

}  // namespace wakestream::app
