#include "app/quarantine_command.h"

#include <fmt/format.h>

#include <map>
#include <tuple>
#include <vector>

#include "app/commands.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"
#include "app/rules_reload_command.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds deadline{10'000};

// Rows that failed for one reason at one field of one rule.
struct Cause {
  std::uint64_t waiting = 0;
  std::uint64_t resolved = 0;
  capture::QuarantineRecord first;
  capture::QuarantineRecord last;
};
using CauseKey = std::tuple<std::string, std::string, std::string, std::string>;

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

void append_member(std::string& line, std::string_view name, std::string_view value) {
  line += line.empty() || line.back() == '\n' ? "{" : ",";
  append_json_string(line, name);
  line += ':';
  append_json_string(line, value);
}

void print_cause(Output& output, const CauseKey& key, const Cause& cause, bool json) {
  const auto& [rule, table, column, reason] = key;
  auto& line = output.line();
  if (json) {
    append_member(line, "rule", rule);
    append_member(line, "table", table);
    append_member(line, "column", column);
    append_member(line, "reason", reason);
    line += fmt::format(",\"waiting\":{},\"resolved\":{}", cause.waiting, cause.resolved);
    append_member(line, "first_lsn", cause.first.lsn);
    append_member(line, "first_time", cause.first.time);
    append_member(line, "last_lsn", cause.last.lsn);
    append_member(line, "last_time", cause.last.time);
    line += '}';
  } else {
    line += fmt::format("{:>8} waiting {:>8} resolved  {}  of {}, field {}\n", cause.waiting,
                        cause.resolved, rule.empty() ? "(too large for any rule)" : rule, table,
                        or_dash(column));
    line += fmt::format("         {}\n", reason);
    line += fmt::format("         first {} at {}, last {} at {}\n", cause.first.time,
                        cause.first.lsn, cause.last.time, cause.last.lsn);
  }
  output.end_line();
}

void print_row(Output& output, const capture::QuarantineRecord& record, bool resolved,
               bool with_values) {
  auto& line = output.line();
  append_member(line, "key", record.key);
  append_member(line, "rule", record.rule);
  append_member(line, "table", record.table);
  append_member(line, "column", record.column);
  append_member(line, "reason", record.reason);
  append_member(line, "lsn", record.lsn);
  append_member(line, "time", record.time);
  if (!record.hash.empty()) append_member(line, "hash", record.hash);
  if (with_values && !record.account.empty()) append_member(line, "account", record.account);
  line += fmt::format(",\"ordinal\":{},\"resolved\":{}", record.origin.ordinal, resolved);
  if (with_values) {
    line += ",\"row\":";
    line += record.row.empty() ? "null" : record.row;
  }
  line += '}';
  output.end_line();
}

int unreadable(Logger& logger, const log::Error& error) {
  return say_log_failure(logger, "quarantine_unreadable", error);
}

int list_causes(log::EventLog& event_log, const std::string& topic,
                const capture::ResolvedKeys& resolved, const QuarantineOptions& options,
                Logger& logger) {
  std::map<CauseKey, Cause> causes;
  const auto read = capture::for_each_quarantined(
      event_log, topic, deadline, [&](capture::QuarantineRecord record) {
        if (!record.resolved.empty() || !options.filter.takes(record)) return true;
        record.row.clear();
        auto& cause = causes[{record.rule, record.table, record.column, record.reason}];
        ++(resolved.contains(record.key) ? cause.resolved : cause.waiting);
        if (cause.waiting + cause.resolved == 1) cause.first = record;
        cause.last = std::move(record);
        return true;
      });
  if (!read) return unreadable(logger, read.error());
  Output output;
  for (const auto& [key, cause] : causes) print_cause(output, key, cause, options.json);
  if (causes.empty() && !options.json) {
    output.line() += "nothing is in quarantine";
    output.end_line();
  }
  return exit_done;
}

// Whoever looks at values is on record before they are shown.
int note_look(const Config& config, const QuarantineOptions& options, Logger& logger) {
  capture::Command command;
  command.name = capture::Command::show_values;
  command.rule = options.filter.rule;
  command.table = options.filter.table;
  return note_command(config, std::move(command), options.give, logger);
}

}  // namespace

int quarantine_command(const Config& config, const QuarantineOptions& options, Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return unreadable(logger, event_log.error());
  const capture::Topics topics(config.pipeline);
  const auto resolved = capture::resolved_keys(**event_log, topics.quarantine, deadline);
  if (!resolved) return unreadable(logger, resolved.error());
  if (!options.show) return list_causes(**event_log, topics.quarantine, *resolved, options, logger);
  if (options.values) {
    if (const auto code = note_look(config, options, logger); code != exit_done) return code;
  }
  Output output;
  std::uint64_t count = 0;
  const auto read = capture::for_each_quarantined(
      **event_log, topics.quarantine, deadline, [&](const capture::QuarantineRecord& record) {
        const bool is_resolved = resolved->contains(record.key);
        if (!record.resolved.empty() || !options.filter.takes(record)) return true;
        if (is_resolved && !options.resolved) return true;
        print_row(output, record, is_resolved, options.values);
        return !output.closed() && (!options.limit || ++count < *options.limit);
      });
  if (!read) return unreadable(logger, read.error());
  return exit_done;
}

}  // namespace wakestream::app
