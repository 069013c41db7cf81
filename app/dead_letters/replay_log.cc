#include "app/dead_letters/replay_log.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "app/audit/audit_command.h"
#include "app/commands.h"
#include "app/consumer/known_consumer.h"
#include "app/dead_letters/give_replay.h"
#include "app/dead_letters/read_lanes.h"
#include "app/open_log.h"
#include "app/output.h"
#include "log/for_each_record.h"
#include "roles/deliver/lane_store_file.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/log_replay.h"
#include "roles/deliver/receipt.h"
#include "roles/deliver/subscription.h"
#include "roles/deliver/topics.h"
#include "roles/deliver/urgency.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds replay_deadline{10'000};

deliver::Subscription subscription_of(const Config& config, const std::string& consumer) {
  deliver::Subscription subscription;
  for (const auto& one : config.consumers) {
    if (one.name.name != consumer) continue;
    for (const auto& event : one.events) subscription.types.insert(event.name);
    for (const auto& banner : one.banners) subscription.banners.insert(banner.name);
  }
  return subscription;
}

void print_counts(const std::map<std::string, std::uint64_t>& counts) {
  Output output;
  std::uint64_t events = 0;
  for (const auto& [type, count] : counts) {
    events += count;
    output.line() += R"({"type":)";
    append_json_string(output.line(), type);
    output.line() += fmt::format(R"(,"events":{}}})", count);
    output.end_line();
  }
  output.line() += fmt::format(R"({{"outcome":"dry run","events":{}}})", events);
  output.end_line();
}

// What LogReplay would send; but for events that wait, which it leaves where they are.
int try_replay(const Config& config, const ReplayLogOptions& options, Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return say_unreadable(logger, event_log.error());
  auto noted = deliver::LaneStoreFile::make();
  if (!noted) {
    logger.error("dead_letters_unreadable", noted.error());
    return exit_try_again;
  }
  const auto subscription = subscription_of(config, options.consumer);
  const auto is_subscribed = [&](const log::StoredRecord& event) {
    return subscription.takes(options.consumer, event);
  };
  const deliver::Topics topics(config.pipeline, options.consumer);
  const auto erasing = deliver::deletion_types();
  auto read = log::for_each_record(**event_log, topics.events, replay_deadline,
                                   [&](const log::StoredRecord& event) {
                                     if (erasing.contains(log::header_of(event, "ce_type")))
                                       (*noted)->note_erasure(event.key, event.offset);
                                     return true;
                                   });
  if (!read) return say_unreadable(logger, read.error());
  std::map<std::string, std::uint64_t> counts;
  read = log::for_each_record(
      **event_log, topics.events, replay_deadline, [&](const log::StoredRecord& event) {
        if (deliver::is_wanted(options.choice, event, is_subscribed, **noted) &&
            event.offset >= (*noted)->erased_below(event.key))
          ++counts[std::string(log::header_of(event, "ce_type"))];
        return true;
      });
  if (!read) return say_unreadable(logger, read.error());
  if (const auto sound = is_sound(**noted); !sound) return say_unreadable(logger, sound.error());
  print_counts(counts);
  return exit_done;
}

struct Report {
  std::optional<std::int64_t> moved;  // as its last decision says, or those of its shares
  bool going_on = false;
  std::map<std::string, std::int64_t> by_fate;
};

log::Result<Report> read_report(log::EventLog& event_log, const deliver::Topics& topics,
                                const std::string& id) {
  std::map<std::int32_t, deliver::Decision> decisions;  // of each share the last
  auto read = log::for_each_record(event_log, topics.decisions, replay_deadline,
                                   [&](const log::StoredRecord& record) {
                                     if (record.key != id) return true;
                                     if (auto decision = deliver::decode_decision(record.value))
                                       decisions[decision->share.number] = std::move(*decision);
                                     return true;
                                   });
  if (!read) return tl::unexpected(std::move(read.error()));
  Report report;
  for (const auto& [share, decision] : decisions) {
    report.moved = report.moved.value_or(0) + decision.moved;
    report.going_on = report.going_on || decision.more;
  }
  read = log::for_each_record(
      event_log, topics.receipts, replay_deadline, [&](const log::StoredRecord& record) {
        // Most are of no replay, and need not be read whole.
        if (record.value.find(R"("replay":)") == std::string::npos) return true;
        const auto receipt = deliver::decode_receipt(record.value);
        if (receipt && receipt->replay == id && receipt->kind != deliver::ReceiptKind::intent)
          ++report.by_fate[receipt->fate];
        return true;
      });
  if (!read) return tl::unexpected(std::move(read.error()));
  return report;
}

void print(const Report& report, const std::string& id) {
  const auto count = [&report](deliver::Fate fate) {
    const auto found = report.by_fate.find(std::string(to_string(fate)));
    return found == report.by_fate.end() ? 0 : found->second;
  };
  using deliver::Fate;
  const auto withheld = count(Fate::withheld) + count(Fate::erased);
  const auto ended =
      count(Fate::delivered) + withheld + count(Fate::superseded) + count(Fate::skipped);
  Output output;
  output.line() += R"({"replay":)";
  append_json_string(output.line(), id);
  output.line() += fmt::format(
      R"(,"going_on":{},"moved":{},"delivered":{},"withheld":{},"superseded":{},"dead":{},"wait":{},"failed_attempts":{}}})",
      report.going_on, *report.moved, count(Fate::delivered), withheld, count(Fate::superseded),
      count(Fate::skipped), *report.moved - ended, count(Fate::failed) + count(Fate::parked));
  output.end_line();
}

}  // namespace

std::optional<deliver::LogBound> read_bound(std::string_view text) {
  deliver::LogBound bound;
  if (const auto since = read_since(text)) {
    bound.ms = *since;
    return bound;
  }
  bound.lsn = cdc::parse_lsn(text);
  if (!bound.lsn) return std::nullopt;
  return bound;
}

int replay_log_command(const Config& config, const ReplayLogOptions& options, Logger& logger) {
  if (!is_known_consumer(config, options.consumer, logger)) return exit_problem;
  if (options.dry_run) return try_replay(config, options, logger);
  deliver::Command command;
  command.name = options.stop ? deliver::Command::replay_stop : deliver::Command::replay_log;
  command.consumer = options.consumer;
  command.log = options.choice;
  return give_replay(config, std::move(command), options.give, logger);
}

int replay_report_command(const Config& config, const std::string& consumer, const std::string& id,
                          Logger& logger) {
  if (!is_known_consumer(config, consumer, logger)) return exit_problem;
  auto event_log = open_log(config);
  if (!event_log) return say_unreadable(logger, event_log.error());
  const auto report = read_report(**event_log, deliver::Topics(config.pipeline, consumer), id);
  if (!report) return say_unreadable(logger, report.error());
  if (!report->moved) {
    logger.error("no_such_replay",
                 fmt::format("no decision about a replay {} of {} is kept", id, consumer));
    return exit_problem;
  }
  print(*report, id);
  return exit_done;
}

}  // namespace wakestream::app
