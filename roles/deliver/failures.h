// What failed at a consumer, gathered by what it failed with, and what is likely behind it: pure.
//
// A failure is a lane whose front could not be delivered, or a dead letter; a lane that waits for
// the room that bulk changes have is none. Of one error the share
// is that of all that failed in the same while, from its first failure to its last, in minutes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "roles/deliver/lane_store.h"

namespace wakestream::deliver {

enum class LikelyCause : std::uint8_t {
  consumer_side,  // one error for most of what failed in the same while: the receiver, or its
                  // recipe
  data,           // few fail, each refused for what it says
  unclear,
};
std::string_view to_string(LikelyCause cause);

struct FailureGroup {
  std::string type;   // of what failed
  std::string error;  // empty: lanes that wait for their turn, and whose front was not tried yet
  std::uint64_t lanes_waiting = 0;   // tried again by themselves
  std::uint64_t lanes_parked = 0;    // not without somebody
  std::uint64_t letters_behind = 0;  // in those lanes, behind what failed
  std::uint64_t letters_dead = 0;
  std::int64_t first_ms = 0;  // when the first failed, and the last
  std::int64_t last_ms = 0;
  std::optional<LikelyCause> cause;  // of an error
  std::uint32_t share_percent = 0;   // of the error, whatever the type

  std::uint64_t failures() const { return lanes_waiting + lanes_parked + letters_dead; }
};

// The largest first. Memory holds a few letters, and a number for each error and minute.
std::vector<FailureGroup> group_failures(LaneStore& store);

}  // namespace wakestream::deliver
