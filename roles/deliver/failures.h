// What failed at a consumer, gathered by what it failed with, and what is likely behind it: pure.
//
// A failure is a lane whose front could not be delivered, or a dead letter; a lane that waits for
// the room that bulk changes have is none. Of one error the share
// is that of all that failed in the same while, from its first failure to its last, in minutes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "roles/deliver/lane_store.h"

namespace wakestream::deliver {

// Fewer failures say nothing about a consumer.
inline constexpr std::uint64_t failures_that_tell = 5;

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

// Gathers one failure after the other. Memory holds a number for each error and minute.
class FailureGrouping {
 public:
  // A lane that is not ordinary; `type` is that of what failed in it, `behind` what waits there
  // beside that.
  void lane(const std::string& type, const LaneState& lane, std::uint64_t behind);
  void dead(const Letter& letter);

  // The largest first. Once.
  std::vector<FailureGroup> groups();

 private:
  struct Failure {
    std::string type;
    std::string error;
    std::int64_t since_ms = 0;
    bool of_data = false;
  };
  struct Group {
    FailureGroup counted;
    std::uint64_t of_data = 0;
  };
  using Minutes = std::map<std::int64_t, std::uint64_t>;

  FailureGroup& group_of(const Failure& failure);
  void judge(const std::string& error, Group& group);

  std::map<std::pair<std::string, std::string>, Group> groups_;  // by type and error
  std::map<std::string, Minutes> of_error_;
  Minutes of_all_;
};

// The largest first. Memory holds a few letters, and a number for each error and minute.
std::vector<FailureGroup> group_failures(LaneStore& store);

}  // namespace wakestream::deliver
