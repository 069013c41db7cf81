#include "app/log_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/commands.h"
#include "app/incarnation.h"
#include "app/log_failure.h"
#include "app/output.h"
#include "app/status/amounts.h"
#include "cdc/wall_time.h"
#include "log/embedded/consumer_groups.h"
#include "mapping/nearest_name.h"

namespace wakestream::app {

namespace {

using log::embedded::GroupPosition;

constexpr log::Milliseconds deadline{10'000};

std::string last_seen(const GroupPosition& position, std::int64_t now_ms) {
  if (!position.committed_at_ms) return "when is not known";
  const auto age_s =
      static_cast<double>(std::max<std::int64_t>(0, now_ms - *position.committed_at_ms)) / 1'000;
  return fmt::format("{} ago", duration_text(age_s));
}

// Offsets of a topic whose records retention takes have no gaps.
std::int64_t unread(const GroupPosition& position) {
  return std::max<std::int64_t>(0, position.end_offset - position.next_offset);
}

void print(Output& output, const GroupPosition& position, std::int64_t now_ms, bool json) {
  auto& line = output.line();
  if (json) {
    line += "{\"group\":";
    append_json_string(line, position.group);
    line += ",\"topic\":";
    append_json_string(line, position.topic);
    line += fmt::format(
        ",\"partition\":{},\"next_offset\":{},\"end_offset\":{},\"unread\":{},\"committed_at_ms\":"
        "{}}}",
        position.partition, position.next_offset, position.end_offset, unread(position),
        position.committed_at_ms ? std::to_string(*position.committed_at_ms) : "null");
  } else {
    line += fmt::format("{}  {}/{}: reads offset {} next, {} record(s) unread; last commit {}",
                        position.group, position.topic, position.partition, position.next_offset,
                        unread(position), last_seen(position, now_ms));
  }
  output.end_line();
}

int list(const std::vector<GroupPosition>& positions, bool json) {
  Output output;
  const auto now_ms = cdc::wall_ms();
  for (const auto& position : positions) print(output, position, now_ms, json);
  if (positions.empty() && !json) {
    output.line() += "no consumer group has committed a position in this log";
    output.end_line();
  }
  return exit_done;
}

int no_such_group(const std::vector<GroupPosition>& positions, const std::string& group,
                  Logger& logger) {
  std::vector<std::string_view> names;
  names.reserve(positions.size());
  for (const auto& position : positions) names.emplace_back(position.group);
  const auto nearest = mapping::nearest_name(group, names);
  logger.error("no_such_group",
               fmt::format("the log knows no consumer group {}{}: wakestream log groups lists "
                           "those that it knows",
                           group, nearest.empty() ? "" : fmt::format(" (is it {}?)", nearest)));
  return exit_problem;
}

int forget(const Config& config, const std::string& path, std::vector<GroupPosition> positions,
           const LogOptions& options, Logger& logger) {
  const auto& group = options.forget;
  std::vector<GroupPosition> of_group;
  std::copy_if(positions.begin(), positions.end(), std::back_inserter(of_group),
               [&](const GroupPosition& one) { return one.group == group; });
  if (of_group.empty()) return no_such_group(positions, group, logger);
  if (options.yes) {
    const auto forgotten =
        log::embedded::forget_group(path, group, to_string(this_process()), deadline);
    if (!forgotten) return say_log_failure(logger, "group_not_forgotten", forgotten.error());
    capture::Command command;
    command.name = capture::Command::forget_group;
    command.group = group;
    if (const auto code = note_command(config, std::move(command), options.give, logger);
        code != exit_done)
      return code;
  }
  list(of_group, options.json);
  if (options.json) return exit_done;
  Output output;
  output.line() += options.yes ? fmt::format(
                                     "forgotten: retention no longer waits for {}; should "
                                     "it come back, it begins anew",
                                     group)
                               : fmt::format(
                                     "nothing was changed. With --yes the log forgets {}, "
                                     "and retention may remove what it has not read",
                                     group);
  output.end_line();
  return exit_done;
}

}  // namespace

int log_command(const Config& config, const LogOptions& options, Logger& logger) {
  if (const auto* kafka = std::get_if<KafkaLogConfig>(&config.log)) {
    logger.error(
        "groups_are_kafkas",
        fmt::format("this pipeline's log is on Kafka, which keeps consumer groups itself: "
                    "kafka-consumer-groups.sh --bootstrap-server {} {}",
                    kafka->brokers,
                    options.forget.empty() ? "--describe --all-groups"
                                           : fmt::format("--delete --group {}", options.forget)));
    return exit_problem;
  }
  const auto& path = std::get<EmbeddedLogConfig>(config.log).path;
  auto positions = log::embedded::list_groups(path, deadline);
  if (!positions) return say_log_failure(logger, "log_unreadable", positions.error());
  if (options.forget.empty()) return list(*positions, options.json);
  return forget(config, path, std::move(*positions), options, logger);
}

}  // namespace wakestream::app
