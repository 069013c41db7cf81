#include "roles/capture/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "roles/capture/json_record.h"
#include "roles/capture/snapshot_record.h"

namespace wakestream::capture {

namespace {

Birth read_birth(JsonMembers& members) {
  const auto text = members.text("birth");
  if (text == "creating slot") return Birth::creating_slot;
  if (text == "filling context") return Birth::filling_context;
  if (text == "born") return Birth::born;
  return members.fail<Birth>("birth", "a known step");
}

std::string_view name_of(Birth birth) {
  switch (birth) {
    case Birth::creating_slot:
      return "creating slot";
    case Birth::filling_context:
      return "filling context";
    case Birth::born:
      return "born";
  }
  return "";
}

Incarnation read_incarnation(JsonMembers& members, std::string& problem) {
  JsonMembers inner(members.object("incarnation"), problem);
  return {.host = inner.text("host"),
          .pid = inner.number("pid"),
          .started_at_ms = inner.number("started_at_ms")};
}

std::optional<ContextProgress> read_context(JsonMembers& members, std::string& problem) {
  if (!members.has("context")) return std::nullopt;
  JsonMembers of_context(members.object("context"), problem);
  ContextProgress context;
  context.rule_hash = of_context.text("rule_hash");
  context.fill = of_context.wide("fill");
  context.filled_at = of_context.lsn("filled_at");
  return context;
}

std::optional<SplitPosition> read_split(JsonMembers& members, std::string& problem) {
  const auto* value = members.find("split");
  if (value == nullptr || value->IsNull()) return std::nullopt;
  if (!value->IsObject())
    return members.fail<std::optional<SplitPosition>>("split", "an object or null");
  JsonMembers inner(*value, problem);
  SplitPosition split;
  split.commit_lsn = inner.lsn("commit_lsn");
  split.rows_done = inner.wide("rows_done");
  split.last_row_lsn = inner.lsn("last_row_lsn");
  split.parts_done = inner.count("parts_done");
  return split;
}

RulesSince read_rules_since(JsonMembers& members, std::string& problem) {
  JsonMembers inner(members.object("rules_since"), problem);
  return {.lsn = inner.lsn("lsn"), .row = inner.wide("row")};
}

ControlPosition read_control(JsonMembers& members, std::string& problem) {
  JsonMembers inner(members.object("control"), problem);
  return {.next_offset = inner.number("next_offset"), .step = inner.number("step")};
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
  put_wide(json, "serial", checkpoint.serial);
  put(json, "server", checkpoint.server);
  put_wide(json, "system_identifier", checkpoint.system_identifier);
  put(json, "timeline", checkpoint.timeline);
  put(json, "slot", checkpoint.slot);
  put(json, "written_at_ms", checkpoint.written_at_ms);
  put(json, "birth", name_of(checkpoint.birth));
  put(json, "born_at_lsn", checkpoint.born_at);
  put(json, "event_partition_count", checkpoint.event_partition_count);
  put(json, "emitted_through_lsn", checkpoint.emitted_through);
  put(json, "read_through_lsn", checkpoint.read_through);
  json.Key("split");
  if (checkpoint.split) {
    json.StartObject();
    put(json, "commit_lsn", checkpoint.split->commit_lsn);
    put_wide(json, "rows_done", checkpoint.split->rows_done);
    put(json, "last_row_lsn", checkpoint.split->last_row_lsn);
    put(json, "parts_done", checkpoint.split->parts_done);
    json.EndObject();
  } else {
    json.Null();
  }
  put(json, "rules_hash", checkpoint.rules_hash);
  json.Key("rules_since");
  json.StartObject();
  put(json, "lsn", checkpoint.rules_since.lsn);
  put_wide(json, "row", checkpoint.rules_since.row);
  json.EndObject();
  json.Key("control");
  json.StartObject();
  put(json, "next_offset", checkpoint.control.next_offset);
  put(json, "step", checkpoint.control.step);
  json.EndObject();
  json.Key("event_types");
  json.StartArray();
  for (const auto& type : checkpoint.event_types) {
    json.String(type.data(), static_cast<rapidjson::SizeType>(type.size()));
  }
  json.EndArray();
  put_snapshot(json, checkpoint.snapshot);
  put_wide(json, "snapshots", checkpoint.snapshots);
  put_wide(json, "late_events", checkpoint.late_events);
  json.Key("context");
  if (checkpoint.context) {
    json.StartObject();
    put(json, "rule_hash", checkpoint.context->rule_hash);
    put_wide(json, "fill", checkpoint.context->fill);
    put(json, "filled_at", checkpoint.context->filled_at);
    json.EndObject();
  } else {
    json.Null();
  }
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
  JsonMembers members(document, problem);
  const auto version = members.number("format_version");
  if (problem.empty() && (version < 1 || version > Checkpoint::format_version)) {
    return tl::make_unexpected(
        fmt::format("the checkpoint record has format version {}, and this program knows versions "
                    "1 to {}: run the release that wrote it",
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
  if (version >= 2) {
    checkpoint.rules_since = read_rules_since(members, problem);
    checkpoint.control = read_control(members, problem);
  } else {
    checkpoint.rules_since = {checkpoint.born_at, 0};
  }
  checkpoint.event_types = members.texts("event_types");
  if (version >= 3) {
    checkpoint.snapshot = read_snapshot(members, problem);
    checkpoint.snapshots = members.wide("snapshots");
    checkpoint.late_events = members.wide("late_events");
  }
  if (version >= 4) checkpoint.context = read_context(members, problem);
  if (!problem.empty())
    return tl::make_unexpected("the checkpoint record cannot be read: " + problem);
  return checkpoint;
}

bool is_of_newer_format(std::string_view json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError() || !document.IsObject()) return false;
  std::string problem;
  return JsonMembers(document, problem).number("format_version") > Checkpoint::format_version;
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
