#include "app/dead_letters/letter_line.h"

#include <rapidjson/document.h>

#include <algorithm>
#include <iterator>

#include "roles/capture/json_record.h"
#include "roles/capture/wall_time.h"
#include "roles/deliver/letter_choice.h"

namespace wakestream::app {

namespace {

using capture::JsonWriter;
using capture::put;

// The others may say whose it is (ce_subject), or are not known here.
constexpr std::string_view shown_headers[] = {
    "ce_specversion", "ce_source", "ce_time",     "ce_sequence", "ce_lsn",
    "ce_table",       "ce_late",   "ce_snapshot", "ce_split",    "ce_schemaversion"};

void put_time(JsonWriter& json, const char* name, std::int64_t time_ms) {
  put(json, name, std::string_view{capture::rfc3339(time_ms * 1'000)});
}

void put_headers(JsonWriter& json, const log::StoredRecord& event) {
  json.Key("headers");
  json.StartObject();
  for (const auto& [name, value] : event.headers)
    if (std::find(std::begin(shown_headers), std::end(shown_headers), name) !=
        std::end(shown_headers))
      put(json, name.c_str(), std::string_view{value});
  json.EndObject();
}

// Null where the payload is no JSON object.
void put_field_names(JsonWriter& json, const std::string& payload) {
  json.Key("fields");
  rapidjson::Document document;
  document.Parse(payload.data(), payload.size());
  if (document.HasParseError() || !document.IsObject()) {
    json.Null();
    return;
  }
  json.StartArray();
  for (const auto& member : document.GetObject())
    json.String(member.name.GetString(), member.name.GetStringLength());
  json.EndArray();
}

}  // namespace

std::string_view state_of(const deliver::WalkedLetter& walked) {
  if (walked.letter.state == deliver::LetterState::dead) return "dead";
  return walked.is_parked_at() ? "parked" : "waiting";
}

void append_letter(std::string& line, const deliver::WalkedLetter& walked, std::uint64_t lane) {
  const auto& letter = walked.letter;
  rapidjson::StringBuffer buffer;
  JsonWriter json(buffer);
  json.StartObject();
  put(json, "lane", static_cast<std::int64_t>(lane));
  put(json, "id", letter.id());
  put(json, "type", letter.type());
  put(json, "state", state_of(walked));
  put_time(json, "since", letter.since_ms);
  if (walked.is_tried()) {
    put(json, "attempts", std::int64_t{walked.lane->attempts});
    if (!walked.lane->parked) put_time(json, "next_attempt", walked.lane->due_ms);
  }
  if (walked.is_tried() || letter.state == deliver::LetterState::dead) {
    put(json, "error", std::string_view{deliver::error_of(letter, walked.lane)});
    const auto status = walked.is_tried() ? walked.lane->status : letter.status;
    if (status != 0) put(json, "status", std::int64_t{status});
  }
  if (letter.replays != 0) put(json, "replays_by_schedule", std::int64_t{letter.replays});
  if (letter.urgent) {
    json.Key("urgent");
    json.Bool(true);
  }
  put_headers(json, letter.event);
  put_field_names(json, letter.event.value);
  json.EndObject();
  line.append(buffer.GetString(), buffer.GetSize());
}

}  // namespace wakestream::app
