#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "app/snapshot/snapshot_text.h"
#include "app/status/status.h"

namespace wakestream::app {

namespace {

class Json {
 public:
  Json& key(std::string_view name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    return *this;
  }
  void text(std::string_view text) {
    writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  }
  void number(std::int64_t number) { writer_.Int64(number); }
  void number(std::uint64_t number) { writer_.Uint64(number); }
  void number(double number) { writer_.Double(number); }
  void flag(bool flag) { writer_.Bool(flag); }
  template <class T>
  void maybe(const std::optional<T>& value) {
    if (value) {
      number(*value);
    } else {
      writer_.Null();
    }
  }
  template <class F>
  void object(F&& fill) {
    writer_.StartObject();
    fill();
    writer_.EndObject();
  }
  // An object, or null when there is nothing.
  template <class T, class F>
  void object_of(const std::optional<T>& value, F&& fill) {
    if (!value) {
      writer_.Null();
      return;
    }
    object([&] { fill(*value); });
  }
  void counts(const std::map<std::string, std::uint64_t>& counts) {
    object([&] {
      for (const auto& [name, count] : counts) key(name).number(count);
    });
  }
  void raw(const std::string& json) {
    writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType);
  }
  rapidjson::Writer<rapidjson::StringBuffer>& writer() { return writer_; }
  std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

void put_checkpoint(Json& json, const capture::Checkpoint& checkpoint) {
  json.key("read_through_lsn").text(cdc::to_string(checkpoint.read_through));
  json.key("emitted_through_lsn").text(cdc::to_string(checkpoint.emitted_through));
  json.key("written_at_ms").number(checkpoint.written_at_ms);
  json.key("serial").number(checkpoint.serial);
  json.key("epoch").number(std::uint64_t{checkpoint.epoch});
  json.key("timeline").number(std::uint64_t{checkpoint.timeline});
  json.key("server").text(checkpoint.server);
  json.key("born").flag(checkpoint.birth == capture::Birth::born);
  json.key("rules_hash").text(checkpoint.rules_hash);
  json.key("snapshot").raw(snapshot_json(checkpoint.snapshot));
}

void put_slot(Json& json, const Status& status, const Judgement& judgement) {
  json.key("name").text(status.slot);
  json.key("exists").flag(status.source->slot.has_value());
  if (!status.source->slot) return;
  const auto& slot = *status.source->slot;
  json.key("active").flag(slot.active);
  json.key("wal_status").text(slot.wal_status);
  json.key("confirmed_flush_lsn").text(cdc::to_string(slot.confirmed_flush_lsn));
  json.key("kept_wal_bytes").number(slot.kept_wal_bytes);
  json.key("safe_wal_bytes").maybe(slot.safe_wal_bytes);
  json.key("wal_bytes_per_second").maybe(judgement.wal_bytes_per_second);
  json.key("rate_from").text(judgement.rate_from);
  json.key("seconds_left").maybe(judgement.seconds_left);
}

void put_count(Json& json, const TopicCount& count) {
  json.key("count").number(count.count);
  json.key("whole").flag(count.whole);
  json.key("by_name").counts(count.by_name);
}

}  // namespace

std::string status_json(const Status& status, const Judgement& judgement) {
  Json json;
  json.object([&] {
    json.key("pipeline").text(status.pipeline);
    json.key("verdict").text(to_string(judgement.verdict));
    json.key("findings");
    json.writer().StartArray();
    for (const auto& finding : judgement.findings) {
      json.object([&] {
        json.key("verdict").text(to_string(finding.verdict));
        json.key("sentence").text(finding.sentence);
      });
    }
    json.writer().EndArray();
    json.key("at_ms").number(status.at_ms);
    json.key("lag_bytes").maybe(judgement.lag_bytes);
    json.key("lag_seconds").maybe(judgement.lag_seconds);
    json.key("lag_seconds_min").maybe(judgement.lag_seconds_min);
    json.key("lag_from").text(judgement.lag_from);
    json.key("feed").text(judgement.feed);
    json.key("checkpoint").object_of(status.checkpoint, [&](const auto& checkpoint) {
      put_checkpoint(json, checkpoint);
    });
    json.key("writer").object([&] {
      json.key("incarnation")
          .text(status.checkpoint ? to_string(status.checkpoint->incarnation) : std::string());
      json.key("lease_holder").text(status.source ? status.source->lease_holder : std::string());
    });
    json.key("slot").object_of(status.source,
                               [&](const auto&) { put_slot(json, status, judgement); });
    json.key("log").object([&] {
      json.key("what").text(status.log);
      json.key("bytes").maybe(status.log_bytes);
    });
    json.key("events").object_of(status.events, [&](const auto& count) { put_count(json, count); });
    json.key("quarantine").object_of(status.quarantine, [&](const auto& count) {
      put_count(json, count);
    });
    json.key("process");
    if (status.process) {
      json.raw(status.process->json);
    } else {
      json.writer().Null();
    }
  });
  return json.take();
}

}  // namespace wakestream::app
