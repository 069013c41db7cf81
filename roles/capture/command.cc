#include "roles/capture/command.h"

#include <algorithm>
#include <array>

#include "roles/capture/json_record.h"

namespace wakestream::capture {

namespace {

void put_checkpoint(JsonWriter& json, const char* name, const std::optional<Checkpoint>& record) {
  json.Key(name);
  const auto text = record ? encode_checkpoint(*record) : "null";
  json.RawValue(text.data(), text.size(), rapidjson::kObjectType);
}

void put_comparison(JsonWriter& json, const Decision& decision) {
  json.Key("differences");
  json.Bool(true);
  if (decision.table.empty()) return;
  put_wide(json, "unchanged", decision.unchanged);
  json.Key("said_but_not_found");
  if (decision.said_but_not_found) {
    json.String(std::to_string(*decision.said_but_not_found).c_str());
  } else {
    json.Null();
  }
}

bool is_true(JsonMembers& members, const char* name) {
  const auto* value = members.find(name);
  return value != nullptr && value->IsTrue();
}

}  // namespace

std::string encode_command(const Command& command) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "command", command.name);
  put(json, "id", command.id);
  put(json, "who", command.who);
  put(json, "why", command.why);
  put(json, "given_at_ms", command.given_at_ms);
  put(json, "rules_hash", command.rules_hash);
  put(json, "rule", command.rule);
  put(json, "table", command.table);
  put(json, "group", command.group);
  put(json, "end_offset", command.end_offset);
  put(json, "where", command.where);
  put(json, "consumer", command.consumer);
  json.Key("differences");
  json.Bool(command.differences);
  json.Key("tables");
  json.StartArray();
  for (const auto& table : command.tables)
    json.String(table.data(), static_cast<rapidjson::SizeType>(table.size()));
  json.EndArray();
  json.EndObject();
  return buffer.GetString();
}

tl::expected<Command, std::string> decode_command(std::string_view text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  if (!document.IsObject()) return tl::make_unexpected("the command is not a JSON object");
  std::string problem;
  JsonMembers members(document, problem);
  Command command;
  command.name = members.text("command");
  command.id = members.text("id");
  command.who = members.text_or_nothing("who");
  command.why = members.text_or_nothing("why");
  command.given_at_ms = members.number("given_at_ms");
  command.rules_hash = members.text_or_nothing("rules_hash");
  command.rule = members.text_or_nothing("rule");
  command.table = members.text_or_nothing("table");
  command.group = members.text_or_nothing("group");
  command.where = members.text_or_nothing("where");
  command.consumer = members.text_or_nothing("consumer");
  if (command.name == Command::snapshot_start) command.tables = members.texts("tables");
  command.differences = is_true(members, "differences");
  if (command.name == Command::replay_quarantine) command.end_offset = members.number("end_offset");
  if (!problem.empty()) return tl::make_unexpected("the command cannot be read: " + problem);
  constexpr std::array known{Command::reload_rules,    Command::replay_quarantine,
                             Command::show_values,     Command::snapshot_start,
                             Command::snapshot_pause,  Command::snapshot_resume,
                             Command::snapshot_cancel, Command::forget_group};
  if (std::find(known.begin(), known.end(), command.name) == known.end())
    return tl::make_unexpected("the command is not one that this release knows");
  return command;
}

std::string encode_decision(const Decision& decision) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "id", decision.id);
  put(json, "command", decision.command);
  put(json, "who", decision.who);
  put(json, "why", decision.why);
  put(json, "outcome",
      std::string_view{!decision.done  ? "refused"
                       : decision.more ? "going on"
                                       : "done"});
  put(json, "reason", decision.reason);
  put(json, "at", decision.at);
  put(json, "rules_hash_before", decision.rules_hash_before);
  put(json, "rules_hash", decision.rules_hash);
  json.Key("rules_since");
  json.StartObject();
  put(json, "lsn", decision.rules_since.lsn);
  put_wide(json, "row", decision.rules_since.row);
  json.EndObject();
  put(json, "replayed", decision.counts.replayed);
  put(json, "no_event", decision.counts.no_event);
  put(json, "left", decision.counts.left);
  if (decision.snapshot > 0) put_wide(json, "snapshot", decision.snapshot);
  if (!decision.where.empty()) put(json, "where", decision.where);
  if (!decision.consumer.empty()) put(json, "consumer", decision.consumer);
  if (!decision.table.empty()) {
    put(json, "table", decision.table);
    put_wide(json, "rows", decision.rows);
  }
  if (decision.differences) put_comparison(json, decision);
  put(json, "decided_by", decision.decided_by);
  put(json, "decided_at_ms", decision.decided_at_ms);
  if (decision.checkpoint_after) {
    put_checkpoint(json, "checkpoint_before", decision.checkpoint_before);
    put_checkpoint(json, "checkpoint_after", decision.checkpoint_after);
    put(json, "consequences", decision.consequences);
  }
  json.EndObject();
  return buffer.GetString();
}

tl::expected<Decision, std::string> decode_decision(std::string_view text) {
  rapidjson::Document document;
  document.Parse(text.data(), text.size());
  if (!document.IsObject()) return tl::make_unexpected("the decision is not a JSON object");
  std::string problem;
  JsonMembers members(document, problem);
  Decision decision;
  decision.id = members.text("id");
  decision.command = members.text("command");
  decision.who = members.text("who");
  decision.why = members.text("why");
  const auto outcome = members.text("outcome");
  decision.done = outcome != "refused";
  decision.more = outcome == "going on";
  decision.reason = members.text("reason");
  decision.at = members.lsn("at");
  decision.rules_hash_before = members.text("rules_hash_before");
  decision.rules_hash = members.text("rules_hash");
  JsonMembers since(members.object("rules_since"), problem);
  decision.rules_since = {since.lsn("lsn"), since.wide("row")};
  decision.counts = {members.number("replayed"), members.number("no_event"),
                     members.number("left")};
  if (members.find("snapshot") != nullptr) decision.snapshot = members.wide("snapshot");
  decision.where = members.text_or_nothing("where");
  decision.consumer = members.text_or_nothing("consumer");
  decision.table = members.text_or_nothing("table");
  if (!decision.table.empty()) decision.rows = members.wide("rows");
  decision.differences = is_true(members, "differences");
  if (members.has("unchanged")) decision.unchanged = members.wide("unchanged");
  if (members.has("said_but_not_found"))
    decision.said_but_not_found = members.wide("said_but_not_found");
  decision.decided_by = members.text("decided_by");
  decision.decided_at_ms = members.number("decided_at_ms");
  if (!problem.empty()) return tl::make_unexpected("the decision cannot be read: " + problem);
  return decision;
}

}  // namespace wakestream::capture
