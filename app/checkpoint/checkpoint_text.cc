#include "app/checkpoint/checkpoint_text.h"

#include <fmt/format.h>

#include "roles/capture/json_record.h"
#include "roles/capture/wall_time.h"

namespace wakestream::app {

using capture::JsonWriter;
using capture::put;
using cdc::to_string;

namespace {

void add_line(std::string& text, std::string_view name, std::string_view what) {
  text += fmt::format("  {:<10} {}\n", name, what);
}

std::string start_text(const capture::StartPreview& start) {
  if (!start.refusal.empty()) return "refuses: " + start.refusal;
  if (start.makes_slot) return "makes the slot, and reads what commits behind that";
  return fmt::format("reads on from {}", to_string(start.reads_from));
}

std::string slot_text(const std::optional<capture::input::SlotFound::Slot>& slot,
                      const std::string& name) {
  if (!slot) return name + ": not there";
  auto text = fmt::format("{}: confirmed up to {}", name, to_string(slot->confirmed_flush));
  if (slot->active) text += fmt::format(", in use by pid {}", slot->active_pid);
  if (slot->lost) text += slot->invalidation.empty() ? ", lost" : ", lost: " + slot->invalidation;
  if (slot->synced) text += ", a standby's copy of its primary's";
  return text;
}

std::string server_text(const capture::input::Connected& server, cdc::Lsn wal_end) {
  return fmt::format("{}, {} of cluster {}, timeline {}, its log ends at {}", server.server,
                     server.in_recovery ? "standby" : "primary", server.system_identifier,
                     server.timeline, to_string(wal_end));
}

void add_checkpoint_lines(std::string& text, const capture::Checkpoint& record) {
  const bool born = record.birth == capture::Birth::born;
  const bool fills = record.birth == capture::Birth::filling_context;
  add_line(text, "epoch", fmt::format("{} (record {})", record.epoch, record.serial));
  add_line(
      text, "read",
      born ? fmt::format("through {}; the last event's commit ends at {}",
                         to_string(record.read_through), to_string(record.emitted_through))
           : fmt::format("nothing yet: {} is being {}", fills ? "the account context" : "the slot",
                         fills ? "filled" : "made"));
  if (record.split) {
    add_line(text, "split",
             fmt::format("{} row changes of the transaction that commits at {} are done",
                         record.split->rows_done, to_string(record.split->commit_lsn)));
  }
  add_line(text, "read from",
           fmt::format("{}, cluster {}, timeline {}, slot {}", record.server,
                       record.system_identifier, record.timeline, record.slot));
  add_line(text, "written",
           fmt::format("{} by {}", capture::rfc3339(record.written_at_ms * 1'000),
                       to_string(record.incarnation)));
}

void put_raw(JsonWriter& json, const char* name, const std::string& text) {
  json.Key(name);
  json.RawValue(text.data(), text.size(), rapidjson::kObjectType);
}

void put_flag(JsonWriter& json, const char* name, bool flag) {
  json.Key(name);
  json.Bool(flag);
}

void put_start(JsonWriter& json, const capture::StartPreview& start) {
  json.Key("start");
  json.StartObject();
  put_flag(json, "refuses", !start.refusal.empty());
  put(json, "reason", start.refusal);
  put_flag(json, "makes_slot", start.makes_slot);
  put(json, "reads_from_lsn", start.reads_from);
  json.EndObject();
}

void put_server(JsonWriter& json, const capture::input::Connected& server, cdc::Lsn wal_end) {
  json.Key("server");
  json.StartObject();
  put(json, "address", server.server);
  capture::put_wide(json, "system_identifier", server.system_identifier);
  put(json, "timeline", std::int64_t{server.timeline});
  put_flag(json, "standby", server.in_recovery);
  put(json, "wal_end_lsn", wal_end);
  json.EndObject();
}

}  // namespace

std::string show_text(const CheckpointView& view, const std::string& slot) {
  std::string text;
  const auto& record = view.situation.log.checkpoint;
  if (record) {
    text += fmt::format("checkpoint of {}\n", record->pipeline);
    add_checkpoint_lines(text, *record);
  } else {
    text += fmt::format("no checkpoint{}\n", view.situation.log.events_exist
                                                 ? ", and the log holds events"
                                                 : ": the pipeline was never started");
  }
  add_line(text, "server", server_text(view.situation.server, view.situation.wal_end));
  add_line(text, "slot", slot_text(view.situation.slot, slot));
  add_line(text, "runs", view.lease_holder.empty() ? "nobody" : view.lease_holder);
  add_line(text, "a start", start_text(view.start));
  return text;
}

std::string show_json(const CheckpointView& view) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  const auto& record = view.situation.log.checkpoint;
  put_raw(json, "checkpoint", record ? encode_checkpoint(*record) : "null");
  put_server(json, view.situation.server, view.situation.wal_end);
  json.Key("slot");
  if (const auto& slot = view.situation.slot) {
    json.StartObject();
    put(json, "confirmed_flush_lsn", slot->confirmed_flush);
    put_flag(json, "active", slot->active);
    put_flag(json, "lost", slot->lost);
    json.EndObject();
  } else {
    json.Null();
  }
  put(json, "lease_holder", view.lease_holder);
  put_start(json, view.start);
  json.EndObject();
  return std::string(buffer.GetString()) + "\n";
}

std::string change_text(const ChangeView& view) {
  auto text = fmt::format("{} {}\n", view.command, view.done ? "is done" : "would mean:");
  for (const auto& consequence : view.decision.consequences)
    add_line(text, to_string(consequence.kind), consequence.sentence);
  if (view.decision.consequences.empty())
    add_line(text, "nothing", "is lost, and nothing comes again");
  add_line(text, "a start", start_text(view.start));
  if (view.done) {
    text += fmt::format("on record in the decisions topic, as {}\n", view.decision.id);
  } else {
    text += fmt::format("Nothing was changed. To do it: wakestream {} --yes --why '...'\n",
                        view.command);
  }
  return text;
}

std::string change_json(const ChangeView& view) {
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put_flag(json, "done", view.done);
  put_raw(json, "decision", encode_decision(view.decision));
  put_start(json, view.start);
  json.EndObject();
  return std::string(buffer.GetString()) + "\n";
}

}  // namespace wakestream::app
