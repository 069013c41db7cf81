#include "roles/capture/snapshot_record.h"

namespace wakestream::capture {

namespace {

using Key = SnapshotPosition::Key;

void put_key(JsonWriter& json, const Key& key) {
  json.StartArray();
  for (const auto& value : key)
    json.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  json.EndArray();
}

Key key_of(const rapidjson::Value& json, JsonMembers& members, const char* name) {
  Key key;
  if (!json.IsArray()) return members.fail<Key>(name, "a key");
  for (const auto& value : json.GetArray()) {
    if (!value.IsString()) return members.fail<Key>(name, "a key of texts");
    key.emplace_back(value.GetString(), value.GetStringLength());
  }
  return key;
}

// Checkpoints of earlier releases lack them.
std::uint64_t wide_or_none(JsonMembers& members, const char* name) {
  return members.has(name) ? members.wide(name) : 0;
}

bool truth(JsonMembers& members, const char* name) {
  const auto* value = members.find(name);
  if (value == nullptr || !value->IsBool()) return members.fail<bool>(name, "true or false");
  return value->GetBool();
}

void put(JsonWriter& json, const char* name, bool truth) {
  json.Key(name);
  json.Bool(truth);
}

void put_position(JsonWriter& json, const SnapshotPosition& position) {
  json.Key("position");
  json.StartObject();
  json.Key("after");
  put_key(json, position.after);
  put(json, "reached_end", position.reached_end);
  json.Key("again");
  json.StartArray();
  for (const auto& key : position.again) put_key(json, key);
  json.EndArray();
  capture::put(json, "again_rounds", position.again_rounds);
  put_wide(json, "rows", position.rows);
  put_wide(json, "unchanged", position.unchanged);
  capture::put(json, "rows_estimated", position.rows_estimated);
  json.EndObject();
}

SnapshotPosition read_position(JsonMembers& snapshot, std::string& problem) {
  JsonMembers members(snapshot.object("position"), problem);
  SnapshotPosition position;
  const auto* after = members.find("after");
  position.after =
      after == nullptr ? members.fail<Key>("after", "a key") : key_of(*after, members, "after");
  position.reached_end = truth(members, "reached_end");
  const auto* again = members.find("again");
  if (again == nullptr || !again->IsArray())
    return members.fail<SnapshotPosition>("again", "an array");
  for (const auto& key : again->GetArray()) position.again.push_back(key_of(key, members, "again"));
  position.again_rounds = members.count("again_rounds");
  position.rows = members.wide("rows");
  position.unchanged = wide_or_none(members, "unchanged");
  position.rows_estimated = members.number("rows_estimated");
  return position;
}

std::vector<SnapshotTablePlan> read_tables(JsonMembers& members, std::string& problem) {
  using Tables = std::vector<SnapshotTablePlan>;
  const auto* tables = members.find("tables");
  if (tables == nullptr || !tables->IsArray() || tables->Empty())
    return members.fail<Tables>("tables", "an array of tables");
  Tables read;
  for (const auto& table : tables->GetArray()) {
    if (!table.IsObject()) return members.fail<Tables>("tables", "an array of tables");
    JsonMembers inner(table, problem);
    read.push_back({inner.text("name"), inner.text("where")});
  }
  return read;
}

}  // namespace

void put_snapshot(JsonWriter& json, const std::optional<SnapshotProgress>& snapshot) {
  json.Key("snapshot");
  if (!snapshot) {
    json.Null();
    return;
  }
  json.StartObject();
  put_wide(json, "number", snapshot->number);
  capture::put(json, "id", snapshot->id);
  capture::put(json, "began_at_lsn", snapshot->began_at);
  capture::put(json, "began_at_ms", snapshot->began_at_ms);
  put(json, "differences", snapshot->differences);
  capture::put(json, "consumer", snapshot->consumer);
  put_wide(json, "said_read", snapshot->said_read);
  put_wide(json, "said_to_read", snapshot->said_to_read);
  put(json, "paused", snapshot->paused);
  capture::put(json, "paused_because", snapshot->paused_because);
  json.Key("tables");
  json.StartArray();
  for (const auto& table : snapshot->tables) {
    json.StartObject();
    capture::put(json, "name", table.name);
    capture::put(json, "where", table.where);
    json.EndObject();
  }
  json.EndArray();
  put_position(json, snapshot->position);
  put_wide(json, "tables_done", snapshot->tables_done);
  put_wide(json, "rows_done", snapshot->rows_done);
  put_wide(json, "unchanged_done", snapshot->unchanged_done);
  put_wide(json, "left_to_stream", snapshot->left_to_stream);
  json.EndObject();
}

std::optional<SnapshotProgress> read_snapshot(JsonMembers& members, std::string& problem) {
  if (!members.has("snapshot")) return std::nullopt;
  JsonMembers inner(members.object("snapshot"), problem);
  SnapshotProgress progress;
  progress.number = inner.wide("number");
  progress.id = inner.text("id");
  progress.began_at = inner.lsn("began_at_lsn");
  progress.began_at_ms = inner.number("began_at_ms");
  progress.differences = inner.has("differences") && truth(inner, "differences");
  progress.consumer = inner.text_or_nothing("consumer");
  progress.said_read = wide_or_none(inner, "said_read");
  progress.said_to_read = wide_or_none(inner, "said_to_read");
  progress.paused = truth(inner, "paused");
  progress.paused_because = inner.text("paused_because");
  progress.tables = read_tables(inner, problem);
  progress.position = read_position(inner, problem);
  progress.tables_done = inner.wide("tables_done");
  progress.rows_done = inner.wide("rows_done");
  progress.unchanged_done = wide_or_none(inner, "unchanged_done");
  progress.left_to_stream = inner.wide("left_to_stream");
  return progress;
}

}  // namespace wakestream::capture
