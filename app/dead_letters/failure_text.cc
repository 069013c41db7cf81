#include "app/dead_letters/failure_text.h"

#include <fmt/format.h>

#include "app/shell_word.h"
#include "roles/capture/json_record.h"
#include "roles/capture/wall_time.h"

namespace wakestream::app {

namespace {

using deliver::FailureGroup;
using deliver::LikelyCause;

std::string time_text(std::int64_t time_ms) { return capture::rfc3339(time_ms * 1'000); }

std::string replay_line(const std::string& consumer, const FailureGroup& group) {
  return fmt::format(
      "wakestream replay --from deadletter --consumer {} --type {} --error {} --why '...'",
      consumer, group.type, shell_word(group.error));
}

std::string what_to_mend(const FailureGroup& group) {
  switch (*group.cause) {
    case LikelyCause::consumer_side:
      return fmt::format(
          "likely consumer-side: this error stands for {} % of what failed in that time. When the "
          "receiver or its recipe is mended:",
          group.share_percent);
    case LikelyCause::data:
      return "likely data: few fail, and each for what it says. When the data or the recipe is "
             "mended:";
    case LikelyCause::unclear:
      break;
  }
  return fmt::format(
      "cause unclear: this error stands for {} % of what failed in that time. When it is mended:",
      group.share_percent);
}

// Only what does not go on by itself needs a replay.
bool needs_replay(const FailureGroup& group) {
  return group.cause && group.lanes_parked + group.letters_dead > 0;
}

}  // namespace

std::string failure_text(const std::string& consumer, const FailureGroup& group) {
  auto text = fmt::format(
      "{}  {}  {}\n"
      "    {} lane(s) parked, {} tried again; {} letter(s) behind them; {} dead letter(s)\n"
      "    first {}, last {}",
      consumer, group.type, group.error.empty() ? "(waits for its turn)" : group.error,
      group.lanes_parked, group.lanes_waiting, group.letters_behind, group.letters_dead,
      time_text(group.first_ms), time_text(group.last_ms));
  if (needs_replay(group))
    text += fmt::format("\n    {}\n    {}", what_to_mend(group), replay_line(consumer, group));
  return text;
}

std::string failure_json(const std::string& consumer, const FailureGroup& group) {
  using capture::put;
  rapidjson::StringBuffer buffer;
  capture::JsonWriter json(buffer);
  const auto number = [&json](const char* name, std::uint64_t count) {
    put(json, name, static_cast<std::int64_t>(count));
  };
  json.StartObject();
  put(json, "consumer", std::string_view{consumer});
  put(json, "type", std::string_view{group.type});
  put(json, "error", std::string_view{group.error});
  number("lanes_parked", group.lanes_parked);
  number("lanes_waiting", group.lanes_waiting);
  number("letters_behind", group.letters_behind);
  number("letters_dead", group.letters_dead);
  put(json, "first", std::string_view{time_text(group.first_ms)});
  put(json, "last", std::string_view{time_text(group.last_ms)});
  if (group.cause) {
    put(json, "likely_cause", to_string(*group.cause));
    number("share_percent", group.share_percent);
  }
  if (needs_replay(group)) put(json, "replay", std::string_view{replay_line(consumer, group)});
  json.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace wakestream::app
