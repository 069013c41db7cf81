#include "app/consumer/consumer_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/commands.h"
#include "app/dead_letters/read_lanes.h"
#include "app/log_failure.h"
#include "app/open_log.h"
#include "app/output.h"
#include "roles/capture/json_record.h"
#include "roles/capture/wall_time.h"
#include "roles/deliver/topics.h"

namespace wakestream::app {

namespace {

constexpr log::Milliseconds list_deadline{10'000};

struct Standing {
  bool begun = false;
  deliver::ConsumerState state;
  deliver::LaneStore::Sums sums;
  // Events that it has not read. On Kafka also what transactions put between them.
  std::int64_t behind = 0;
};

log::Result<std::int64_t> behind(log::EventLog& event_log, const deliver::Topics& topics) {
  const auto ends = event_log.end_offsets(topics.events, list_deadline);
  if (!ends && ends.error().kind == log::ErrorKind::topic_missing) return 0;
  if (!ends) return tl::make_unexpected(ends.error());
  const auto committed = event_log.committed_offsets(
      {topics.group, topics.events, log::Settled::as_it_is, {}}, list_deadline);
  if (!committed) return tl::make_unexpected(committed.error());
  std::int64_t sum = 0;
  for (std::size_t number = 0; number < std::min(ends->size(), committed->size()); ++number)
    sum += std::max<std::int64_t>(0, (*ends)[number] - (*committed)[number].next_offset);
  return sum;
}

log::Result<Standing> standing_of(log::EventLog& event_log, const std::string& pipeline,
                                  const std::string& consumer) {
  Standing standing;
  const auto lanes = read_lanes(event_log, pipeline, consumer);
  if (!lanes) return tl::make_unexpected(lanes.error());
  if (*lanes) {
    standing.begun = true;
    standing.state = (*lanes)->recorded.state().value_or(deliver::ConsumerState{});
    standing.sums = (*lanes)->store->sums();
  }
  const auto unread = behind(event_log, deliver::Topics(pipeline, consumer));
  if (!unread) return tl::make_unexpected(unread.error());
  standing.behind = *unread;
  return standing;
}

std::string standing_text(const std::string& consumer, const Standing& standing) {
  const auto& [begun, state, sums, unread] = standing;
  if (!begun)
    return fmt::format("{}  deliveries have not begun; {} event(s) behind", consumer, unread);
  auto text = fmt::format("{}  {} event(s) behind", consumer, unread);
  if (state.paused)
    text += fmt::format("; paused by {} since {}: {}", state.who,
                        capture::rfc3339(state.since_ms * 1'000),
                        state.why.empty() ? "no reason was given" : state.why);
  text +=
      fmt::format("\n    {} lane(s) parked, {} tried again; {} letter(s) wait; {} dead letter(s)",
                  sums.lanes_parked, sums.lanes_waiting, sums.letters_waiting, sums.letters_dead);
  if (sums.letters_bulk > 0)
    text += fmt::format("\n    {} event(s) of bulk changes wait for room, in {} lane(s)",
                        sums.letters_bulk, sums.lanes_bulk);
  return text;
}

std::string standing_json(const std::string& consumer, const Standing& standing) {
  using capture::put;
  rapidjson::StringBuffer buffer;
  capture::JsonWriter json(buffer);
  const auto flag = [&json](const char* name, bool set) {
    json.Key(name);
    json.Bool(set);
  };
  json.StartObject();
  put(json, "consumer", std::string_view{consumer});
  flag("begun", standing.begun);
  put(json, "behind", standing.behind);
  flag("paused", standing.state.paused);
  if (standing.state.paused) {
    put(json, "who", std::string_view{standing.state.who});
    put(json, "why", std::string_view{standing.state.why});
    put(json, "since", std::string_view{capture::rfc3339(standing.state.since_ms * 1'000)});
  }
  put(json, "lanes_parked", static_cast<std::int64_t>(standing.sums.lanes_parked));
  put(json, "lanes_waiting", static_cast<std::int64_t>(standing.sums.lanes_waiting));
  put(json, "letters_waiting", static_cast<std::int64_t>(standing.sums.letters_waiting));
  put(json, "letters_dead", static_cast<std::int64_t>(standing.sums.letters_dead));
  put(json, "lanes_bulk", static_cast<std::int64_t>(standing.sums.lanes_bulk));
  put(json, "letters_bulk", static_cast<std::int64_t>(standing.sums.letters_bulk));
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

int consumer_list_command(const Config& config, const ConsumerListOptions& options,
                          Logger& logger) {
  auto event_log = open_log(config);
  if (!event_log) return say_log_failure(logger, "consumers_unreadable", event_log.error());
  Output output;
  for (const auto& consumer : config.consumers) {
    const auto& name = consumer.name.name;
    const auto standing = standing_of(**event_log, config.pipeline, name);
    if (!standing) return say_log_failure(logger, "consumers_unreadable", standing.error());
    output.line() += options.json ? standing_json(name, *standing) : standing_text(name, *standing);
    output.end_line();
  }
  if (config.consumers.empty() && !options.json) {
    output.line() += "the configuration has no consumers";
    output.end_line();
  }
  return exit_done;
}

}  // namespace wakestream::app
