#include "app/http/process_status.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include "app/http/health.h"

namespace wakestream::app {

namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void put(JsonWriter& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(JsonWriter& json, const char* name, std::string_view text) {
  json.Key(name);
  put(json, text);
}

void put(JsonWriter& json, const char* name, std::uint64_t number) {
  json.Key(name);
  json.Uint64(number);
}

void put_counts(JsonWriter& json, const capture::CaptureFacts& facts) {
  json.Key("events");
  json.StartObject();
  const auto types = facts.durable ? facts.durable->event_types : std::vector<std::string>();
  for (std::size_t at = 0; at < types.size(); ++at) {
    put(json, types[at]);
    json.Uint64(at < facts.committed.events.size() ? facts.committed.events[at] : 0);
  }
  json.EndObject();
  json.Key("quarantined");
  json.StartObject();
  for (const auto& [rule, count] : facts.committed.quarantined) {
    put(json, rule);
    json.Uint64(count);
  }
  json.EndObject();
}

}  // namespace

std::string process_status(const ProcessView& view) {
  const auto& facts = view.facts;
  const auto feed = feed_of(facts, view.source, view.now_ms);
  const auto durable = facts.durable.value_or(capture::Checkpoint{});
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "pipeline", view.pipeline);
  put(json, "version", view.version);
  put(json, "pid", static_cast<std::uint64_t>(getpid()));
  put(json, "started_at_ms", static_cast<std::uint64_t>(facts.started_ms));
  put(json, "stage", to_string(stage_of(facts)));
  put(json, "state", capture::to_string(facts.state));
  put(json, "state_since_ms", static_cast<std::uint64_t>(facts.state_since_ms));
  put(json, "waits_for", facts.waits_for);
  put(json, "because", facts.waits_because.empty() ? feed.because : facts.waits_because);
  put(json, "feed", to_string(feed.feed));
  put(json, "lag_bytes", feed.lag_bytes);
  json.Key("lag_seconds");
  json.Double(feed.lag_seconds);
  json.Key("wal_bytes_per_second");
  if (const auto rate = view.source.history.bytes_per_second(); rate) {
    json.Double(*rate);
  } else {
    json.Null();
  }
  put(json, "received_lsn", cdc::to_string(facts.received));
  put(json, "durable_lsn", cdc::to_string(durable.read_through));
  put(json, "confirmed_lsn", cdc::to_string(facts.confirmed));
  put_counts(json, facts);
  put(json, "commits_in_doubt", facts.commits_in_doubt);
  put(json, "streams", facts.streams);
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace wakestream::app
