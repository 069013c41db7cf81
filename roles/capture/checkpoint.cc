#include "roles/capture/checkpoint.h"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>

namespace wakestream::capture {

namespace {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void put(JsonWriter& json, const char* name, std::string_view text) {
  json.Key(name);
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
void put(JsonWriter& json, const char* name, std::int64_t number) {
  json.Key(name);
  json.Int64(number);
}
void put(JsonWriter& json, const char* name, cdc::Lsn lsn) {
  put(json, name, std::string_view{cdc::to_string(lsn)});
}

// Reads members of one JSON object and remembers the first that is missing or of the wrong type.
class Members {
 public:
  Members(const rapidjson::Value& object, std::string& problem)
      : object_(object), problem_(problem) {}

  std::string text(const char* name) {
    const auto* value = find(name);
    if (value == nullptr || !value->IsString()) return fail<std::string>(name, "a string");
    return {value->GetString(), value->GetStringLength()};
  }
  std::int64_t number(const char* name) {
    const auto* value = find(name);
    if (value == nullptr || !value->IsInt64()) return fail<std::int64_t>(name, "an integer");
    return value->GetInt64();
  }
  std::uint32_t count(const char* name) {
    const auto wide = number(name);
    if (wide < 0 || wide > UINT32_MAX) return fail<std::uint32_t>(name, "a count");
    return static_cast<std::uint32_t>(wide);
  }
  // 64 bits without a sign do not fit every JSON reader's numbers, so they are written as text.
  std::uint64_t wide(const char* name) {
    const auto digits = text(name);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size())
      return fail<std::uint64_t>(name, "a number as text");
    return value;
  }
  cdc::Lsn lsn(const char* name) {
    const auto parsed = cdc::parse_lsn(text(name));
    if (!parsed) return fail<cdc::Lsn>(name, "an LSN");
    return *parsed;
  }
  const rapidjson::Value* find(const char* name) const {
    const auto member = object_.FindMember(name);
    return member == object_.MemberEnd() ? nullptr : &member->value;
  }
  template <class T>
  T fail(const char* name, const char* wanted) {
    if (problem_.empty()) problem_ = fmt::format("member \"{}\" is not {}", name, wanted);
    return T{};
  }

 private:
  const rapidjson::Value& object_;
  std::string& problem_;
};

Birth read_birth(Members& members) {
  const auto text = members.text("birth");
  if (text == "creating slot") return Birth::creating_slot;
  if (text == "born") return Birth::born;
  return members.fail<Birth>("birth", "a known step");
}

Incarnation read_incarnation(Members& members, std::string& problem) {
  const auto* value = members.find("incarnation");
  if (value == nullptr || !value->IsObject())
    return members.fail<Incarnation>("incarnation", "an object");
  Members inner(*value, problem);
  return {.host = inner.text("host"),
          .pid = inner.number("pid"),
          .started_at_ms = inner.number("started_at_ms")};
}

std::optional<SplitPosition> read_split(Members& members, std::string& problem) {
  const auto* value = members.find("split");
  if (value == nullptr || value->IsNull()) return std::nullopt;
  if (!value->IsObject())
    return members.fail<std::optional<SplitPosition>>("split", "an object or null");
  Members inner(*value, problem);
  SplitPosition split;
  split.commit_lsn = inner.lsn("commit_lsn");
  split.rows_done = inner.wide("rows_done");
  split.last_row_lsn = inner.lsn("last_row_lsn");
  split.parts_done = inner.count("parts_done");
  return split;
}

std::vector<std::string> read_event_types(Members& members) {
  const auto* value = members.find("event_types");
  if (value == nullptr || !value->IsArray())
    return members.fail<std::vector<std::string>>("event_types", "an array");
  std::vector<std::string> types;
  for (const auto& type : value->GetArray()) {
    if (!type.IsString())
      return members.fail<std::vector<std::string>>("event_types", "an array of strings");
    types.emplace_back(type.GetString(), type.GetStringLength());
  }
  return types;
}

}  // namespace

std::string to_string(const Incarnation& incarnation) {
  return fmt::format("{} pid {} since {}", incarnation.host, incarnation.pid,
                     incarnation.started_at_ms);
}

std::string encode_checkpoint(const Checkpoint& checkpoint) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "format_version", Checkpoint::format_version);
  put(json, "pipeline", checkpoint.pipeline);
  put(json, "epoch", checkpoint.epoch);
  json.Key("incarnation");
  json.StartObject();
  put(json, "host", checkpoint.incarnation.host);
  put(json, "pid", checkpoint.incarnation.pid);
  put(json, "started_at_ms", checkpoint.incarnation.started_at_ms);
  json.EndObject();
  put(json, "serial", std::string_view{std::to_string(checkpoint.serial)});
  put(json, "server", checkpoint.server);
  put(json, "system_identifier", std::string_view{std::to_string(checkpoint.system_identifier)});
  put(json, "timeline", checkpoint.timeline);
  put(json, "slot", checkpoint.slot);
  put(json, "written_at_ms", checkpoint.written_at_ms);
  put(json, "birth", std::string_view{checkpoint.birth == Birth::born ? "born" : "creating slot"});
  put(json, "born_at_lsn", checkpoint.born_at);
  put(json, "event_partition_count", checkpoint.event_partition_count);
  put(json, "emitted_through_lsn", checkpoint.emitted_through);
  put(json, "read_through_lsn", checkpoint.read_through);
  json.Key("split");
  if (checkpoint.split) {
    json.StartObject();
    put(json, "commit_lsn", checkpoint.split->commit_lsn);
    put(json, "rows_done", std::string_view{std::to_string(checkpoint.split->rows_done)});
    put(json, "last_row_lsn", checkpoint.split->last_row_lsn);
    put(json, "parts_done", checkpoint.split->parts_done);
    json.EndObject();
  } else {
    json.Null();
  }
  put(json, "rules_hash", checkpoint.rules_hash);
  json.Key("event_types");
  json.StartArray();
  for (const auto& type : checkpoint.event_types) {
    json.String(type.data(), static_cast<rapidjson::SizeType>(type.size()));
  }
  json.EndArray();
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

tl::expected<Checkpoint, std::string> decode_checkpoint(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) {
    return tl::make_unexpected(std::string("the checkpoint record is not a JSON object"));
  }
  std::string problem;
  Members members(document, problem);
  const auto version = members.number("format_version");
  if (problem.empty() && version != Checkpoint::format_version) {
    return tl::make_unexpected(
        fmt::format("the checkpoint record has format version {}, and this program knows version "
                    "{}: run the release that wrote it",
                    version, Checkpoint::format_version));
  }
  Checkpoint checkpoint;
  checkpoint.pipeline = members.text("pipeline");
  checkpoint.epoch = members.count("epoch");
  checkpoint.incarnation = read_incarnation(members, problem);
  checkpoint.serial = members.wide("serial");
  checkpoint.server = members.text("server");
  checkpoint.system_identifier = members.wide("system_identifier");
  checkpoint.timeline = members.count("timeline");
  checkpoint.slot = members.text("slot");
  checkpoint.written_at_ms = members.number("written_at_ms");
  checkpoint.birth = read_birth(members);
  checkpoint.born_at = members.lsn("born_at_lsn");
  checkpoint.event_partition_count =
      static_cast<std::int32_t>(members.count("event_partition_count"));
  checkpoint.emitted_through = members.lsn("emitted_through_lsn");
  checkpoint.read_through = members.lsn("read_through_lsn");
  checkpoint.split = read_split(members, problem);
  checkpoint.rules_hash = members.text("rules_hash");
  checkpoint.event_types = read_event_types(members);
  if (!problem.empty())
    return tl::make_unexpected("the checkpoint record cannot be read: " + problem);
  return checkpoint;
}

std::vector<std::string> grow_registry(std::vector<std::string> registry,
                                       const std::vector<std::string>& types) {
  for (const auto& type : types) {
    if (std::find(registry.begin(), registry.end(), type) == registry.end())
      registry.push_back(type);
  }
  return registry;
}

}  // namespace wakestream::capture
