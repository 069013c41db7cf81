#include "app/status/gather_status.h"

#include <rapidjson/document.h>

#include <chrono>
#include <future>
#include <thread>

#include "app/http/http_client.h"
#include "app/open_log.h"
#include "app/read_checkpoint.h"
#include "cdc/wall_time.h"
#include "log/event_log.h"
#include "roles/capture/lease_key.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

using std::chrono::milliseconds;

// Together below two seconds, also when something does not answer.
constexpr milliseconds process_timeout{500};
constexpr milliseconds source_timeout{1'200};
constexpr milliseconds log_timeout{1'000};
constexpr milliseconds count_budget{600};
constexpr milliseconds catch_up_budget{700};
constexpr milliseconds catch_up_pause{20};

using Clock = std::chrono::steady_clock;

using cdc::wall_ms;

std::string text_of(const rapidjson::Document& json, const char* name) {
  const auto found = json.FindMember(name);
  return found != json.MemberEnd() && found->value.IsString() ? found->value.GetString() : "";
}

double number_of(const rapidjson::Document& json, const char* name) {
  const auto found = json.FindMember(name);
  return found != json.MemberEnd() && found->value.IsNumber() ? found->value.GetDouble() : 0;
}

std::optional<ProcessAnswer> ask_process(const Config& config) {
  if (!config.metrics.listen) return std::nullopt;
  auto body = http_get(*config.metrics.listen, "/status", process_timeout);
  if (!body) return std::nullopt;
  rapidjson::Document json;
  if (json.Parse(body->c_str()).HasParseError() || !json.IsObject()) return std::nullopt;
  // Another pipeline's, or another program's, is no answer.
  if (text_of(json, "pipeline") != config.pipeline) return std::nullopt;
  ProcessAnswer answer;
  answer.version = text_of(json, "version");
  answer.pid = static_cast<std::int64_t>(number_of(json, "pid"));
  answer.stage = text_of(json, "stage");
  answer.stage_since_ms = static_cast<std::int64_t>(number_of(json, "state_since_ms"));
  answer.waits_for = text_of(json, "waits_for");
  answer.because = text_of(json, "because");
  answer.feed = text_of(json, "feed");
  answer.lag_bytes = static_cast<std::uint64_t>(number_of(json, "lag_bytes"));
  answer.lag_seconds = number_of(json, "lag_seconds");
  if (const auto rate = json.FindMember("wal_bytes_per_second");
      rate != json.MemberEnd() && rate->value.IsNumber())
    answer.wal_bytes_per_second = rate->value.GetDouble();
  if (const auto events = json.FindMember("events");
      events != json.MemberEnd() && events->value.IsObject()) {
    for (const auto& event : events->value.GetObject()) {
      if (event.value.IsUint64()) answer.events[event.name.GetString()] = event.value.GetUint64();
    }
  }
  answer.json = std::move(*body);
  return answer;
}

// A row of the quarantine that was replayed is followed by a record that says so: it waits no more.
void add(const log::StoredRecord& record, const std::string& header, TopicCount& counted) {
  const std::string name(log::header_of(record, header));
  auto& of_name = counted.by_name[name];
  if (log::header_of(record, "resolved").empty()) {
    ++counted.count;
    ++of_name;
  } else if (of_name > 0) {
    --counted.count;
    --of_name;
  }
  if (of_name == 0) counted.by_name.erase(name);
  const auto committed = log::header_of(record, "ce_time");
  if (committed > counted.newest_commit) counted.newest_commit = committed;
}

log::Result<TopicCount> count_topic(log::EventLog& event_log, const std::string& topic,
                                    const std::string& header) {
  const auto give_up = std::chrono::steady_clock::now() + count_budget;
  auto reader = event_log.open_reader(topic, log::ReadFrom::earliest);
  if (!reader) return tl::make_unexpected(reader.error());
  TopicCount counted;
  do {
    auto batch = (*reader)->poll(1'000, milliseconds{50});
    if (!batch) return tl::make_unexpected(batch.error());
    for (const auto& record : batch->records) add(record, header, counted);
    if (batch->records.empty() && (*reader)->at_end()) {
      counted.whole = true;
      return counted;
    }
  } while (std::chrono::steady_clock::now() < give_up);
  return counted;
}

void describe_log(const Config& config, Status& status) {
  if (const auto* kafka = std::get_if<KafkaLogConfig>(&config.log)) {
    status.log = "Kafka at " + kafka->brokers;
    return;
  }
  const auto& path = std::get<EmbeddedLogConfig>(config.log).path;
  status.log = "embedded, in " + path;
  status.log_bytes = log_bytes(config);
}

void ask_log(const Config& config, bool count_events, Status& status) {
  describe_log(config, status);
  auto event_log = open_log(config);
  if (!event_log) {
    status.log_problem = event_log.error().message;
    return;
  }
  const capture::Topics topics(config.pipeline);
  auto checkpoint = read_checkpoint(**event_log, config.pipeline, log_timeout);
  if (!checkpoint) {
    status.log_problem = std::move(checkpoint.error().message);
    return;
  }
  status.checkpoint = std::move(*checkpoint);
  const auto count = [&event_log = **event_log](const std::string& topic, const char* header) {
    auto counted = count_topic(event_log, topic, header);
    return counted ? std::optional(std::move(*counted)) : std::nullopt;
  };
  auto quarantine = std::async(std::launch::async, count, topics.quarantine, "rule");
  if (count_events) status.events = count(topics.events, "ce_type");
  status.quarantine = quarantine.get();
}

// Looks at the log until it has what the server had written when it was asked, or for a moment.
std::optional<CatchingUp> see_it_catch_up(const Config& config, cdc::Lsn wal_end,
                                          Clock::time_point asked_at) {
  auto event_log = open_log(config);
  if (!event_log) return std::nullopt;
  while (true) {
    const auto checkpoint = read_checkpoint(**event_log, config.pipeline, log_timeout);
    if (!checkpoint || !*checkpoint) return std::nullopt;
    const auto waited = Clock::now() - asked_at;
    const bool caught_up = (*checkpoint)->read_through >= wal_end;
    if (caught_up || waited > catch_up_budget)
      return CatchingUp{std::chrono::duration<double>(waited).count(), caught_up};
    std::this_thread::sleep_for(catch_up_pause);
  }
}

void ask_source(const Config& config, Status& status) {
  cdc::SessionOptions options;
  options.conninfo = config.source.url.reveal();
  options.application_name = "wakestream status";
  options.timeout = source_timeout;
  auto reader = cdc::SourceReader::connect(options);
  if (!reader) {
    status.source_problem = reader.error().message;
    return;
  }
  const auto asked_at = Clock::now();
  auto facts = (*reader)->read(config.source.slot_name,
                               capture::lease_key(config.pipeline, config.source.slot_name));
  if (facts) status.source = std::move(*facts);
  if (!facts) status.source_problem = facts.error().message;
  // A process with an endpoint says it better.
  const bool runs = status.source && !status.source->lease_holder.empty();
  if (runs && !config.metrics.listen)
    status.catching_up = see_it_catch_up(config, status.source->wal_end, asked_at);
}

}  // namespace

Status gather_status(const Config& config) {
  Status status;
  status.pipeline = config.pipeline;
  status.slot = config.source.slot_name;
  if (config.metrics.listen) status.process_address = to_string(*config.metrics.listen);
  auto source = std::async(std::launch::async, [&] { ask_source(config, status); });
  status.process = ask_process(config);
  ask_log(config, !status.process, status);
  source.get();
  status.at_ms = wall_ms();
  return status;
}

}  // namespace wakestream::app
