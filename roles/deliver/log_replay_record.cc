#include "roles/deliver/log_replay_record.h"

#include <utility>

#include "roles/deliver/versioned_record.h"

namespace wakestream::deliver {

using capture::JsonMembers;
using capture::JsonWriter;
using capture::put;

namespace {

void put_offsets(JsonWriter& json, const char* name, const std::vector<std::int64_t>& offsets) {
  json.Key(name);
  json.StartArray();
  for (const auto offset : offsets) json.Int64(offset);
  json.EndArray();
}

std::vector<std::int64_t> take_offsets(JsonMembers& members, const char* name) {
  using Offsets = std::vector<std::int64_t>;
  const auto* array = members.find(name);
  if (array == nullptr || !array->IsArray()) return members.fail<Offsets>(name, "an array");
  Offsets offsets;
  for (const auto& entry : array->GetArray()) {
    if (!entry.IsInt64() || entry.GetInt64() < 0)
      return members.fail<Offsets>(name, "an array of offsets");
    offsets.push_back(entry.GetInt64());
  }
  return offsets;
}

}  // namespace

std::string encode_log_replay(const LogReplayState& state) {
  return write_record([&state](JsonWriter& json) {
    put(json, "command", encode_command(state.command));
    put_offsets(json, "next", state.next);
    put_offsets(json, "end", state.end);
    put(json, "moved", state.moved);
  });
}

tl::expected<LogReplayState, std::string> decode_log_replay(std::string_view text) {
  return read_record<LogReplayState>(
      text, "the replay", [](JsonMembers& members, LogReplayState& state) {
        auto command = decode_command(members.text("command"));
        if (!command) {
          members.fail<int>("command", "one that this release knows");
          return;
        }
        state.command = std::move(*command);
        state.next = take_offsets(members, "next");
        state.end = take_offsets(members, "end");
        state.moved = members.number("moved");
        if (state.next.size() != state.end.size()) members.fail<int>("next", "as long as end");
      });
}

}  // namespace wakestream::deliver
