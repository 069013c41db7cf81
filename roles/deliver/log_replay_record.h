// How far a replay out of the log has come, as a record: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "roles/deliver/command.h"

namespace wakestream::deliver {

// A record of the lanes topic, beside the consumer's state (command.h), under this key, as long as
// it goes on.
inline constexpr std::string_view log_replay_key{"\0replay", 7};
struct LogReplayState {
  Command command;
  std::vector<std::int64_t> next = {};  // by partition: what lies before is moved
  std::vector<std::int64_t> end = {};   // by partition: it goes no further; others' have 0
  std::int64_t moved = 0;

  friend bool operator==(const LogReplayState&, const LogReplayState&) = default;
};
std::string encode_log_replay(const LogReplayState& state);
tl::expected<LogReplayState, std::string> decode_log_replay(std::string_view json);

}  // namespace wakestream::deliver
