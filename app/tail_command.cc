#include <fmt/format.h>

#include <chrono>
#include <map>

#include "app/commands.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"
#include "app/stop_signal.h"

namespace wakestream::app {

namespace {

using Clock = std::chrono::steady_clock;

std::string full_topic_name(const Config& config, const std::string& topic) {
  const bool short_name = topic.find('.') == std::string::npos;
  return short_name ? "wakestream." + config.pipeline + "." + topic : topic;
}

// One JSON object: the record's place and headers, and its value as it is when it is JSON.
void append_record(std::string& line, const std::string& topic, const log::StoredRecord& record) {
  line += "{\"topic\":";
  append_json_string(line, topic);
  line +=
      fmt::format(",\"partition\":{},\"offset\":{},\"timestamp_ms\":{},\"key\":", record.partition,
                  record.offset, record.timestamp_ms);
  append_json_string(line, record.key);
  line += ",\"headers\":{";
  bool first = true;
  for (const auto& [name, value] : record.headers) {
    if (!std::exchange(first, false)) line += ',';
    append_json_string(line, name);
    line += ':';
    append_json_string(line, value);
  }
  line += "},\"value\":";
  if (record.tombstone || record.value.empty()) {
    line += "null";
  } else if (record.value.front() == '{') {  // what this program writes: one JSON object
    line += record.value;
  } else {
    append_json_string(line, record.value);
  }
  line += '}';
}

void append_pretty(std::string& line, const log::StoredRecord& record) {
  line += fmt::format("{}  {:<32} {:<38} {}", log::header_of(record, "ce_time"),
                      log::header_of(record, "ce_type"), record.key, record.value);
}

}  // namespace

int tail_command(const Config& config, const TailOptions& options, Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return say_log_failure(logger, "log_invalid", event_log.error());
  const auto topic = full_topic_name(config, options.topic);
  auto reader = (*event_log)
                    ->open_reader(topic, options.from == "latest" ? log::ReadFrom::latest
                                                                  : log::ReadFrom::earliest);
  if (!reader) return say_log_failure(logger, "topic_unreadable", reader.error());
  const StopSignal stop;
  Output output;
  std::uint64_t count = 0;
  auto last_record = Clock::now();
  while (!stop.requested() && !output.closed()) {
    auto batch = (*reader)->poll(1'000, log::Milliseconds(100));
    if (!batch) return say_log_failure(logger, "topic_unreadable", batch.error());
    for (const auto& record : batch->records) {
      options.pretty ? append_pretty(output.line(), record)
                     : append_record(output.line(), topic, record);
      output.end_line();
      if (options.limit && ++count >= *options.limit) return exit_done;
    }
    if (!batch->records.empty()) {
      last_record = Clock::now();
      continue;
    }
    output.flush();
    const auto idle_s = std::chrono::duration<double>(Clock::now() - last_record).count();
    if (options.until_idle_s && idle_s >= *options.until_idle_s) return exit_done;
    if (!options.follow && !options.until_idle_s && (*reader)->at_end()) return exit_done;
  }
  return exit_done;
}

}  // namespace wakestream::app
