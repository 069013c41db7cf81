#include "roles/deliver/lane_record.h"

#include "roles/deliver/versioned_record.h"

namespace wakestream::deliver {

using capture::JsonMembers;
using capture::JsonWriter;
using capture::put;

std::string encode_lane(const LaneState& state) {
  return write_record([&state](JsonWriter& json) {
    put_flag(json, "parked", state.parked);
    if (state.parked) put(json, "parked_from", state.parked_from);
    put(json, "attempts", std::int64_t{state.attempts});
    put(json, "due_ms", state.due_ms);
    put(json, "since_ms", state.since_ms);
    put(json, "front", state.front);
    put(json, "sequence", state.sequence);
    put(json, "error", state.error);
    put(json, "status", std::int64_t{state.status});
    if (state.bulk) put_flag(json, "bulk", true);
  });
}

tl::expected<LaneState, std::string> decode_lane(std::string_view text) {
  return read_record<LaneState>(text, "the lane", [](JsonMembers& members, LaneState& state) {
    state.parked = take_flag(members, "parked");
    // Where an earlier version parked it nothing goes before the rest.
    if (members.find("parked_from") != nullptr) state.parked_from = members.number("parked_from");
    state.attempts = members.count("attempts");
    state.due_ms = members.number("due_ms");
    state.since_ms = members.number("since_ms");
    state.front = members.text("front");
    state.sequence = members.text("sequence");
    state.error = members.text("error");
    state.status = take_status(members);
    state.bulk = members.find("bulk") != nullptr && take_flag(members, "bulk");
  });
}

}  // namespace wakestream::deliver
