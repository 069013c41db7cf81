// Who does which part of a work that several processes share: the partitions of a topic, which
// holds nothing that matters, stand for the parts, and the log gives each to one of those who have
// joined.
//
// It only assigns. That nobody does a part which has become another's hangs on fencing (Writer in
// event_log.h), not on this: a process that was cut off may believe for a while that a part is its
// own, and finds out at its next commit.
//
// A part is `given`, and begun. Later it is `taken`: whoever has it ends what is under way, and
// says `released`; only then is it given to another one. So in good order a part passes on with
// nothing under way. Where a process has died or is cut off (no sign of life for `silence_max`),
// its parts are given away without that. It learns of it by `taken` too, and releases nobody's
// time.
//
// Belongs to one thread, which polls a few times a second also while parts are being ended: a
// member that does not poll for minutes counts as dead.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "log/error.h"

namespace wakestream::log {

struct MembershipOptions {
  std::string group;
  std::string topic;
  std::chrono::milliseconds silence_max{6'000};
};

class Membership {
 public:
  virtual ~Membership() = default;  // leaves: its parts are free at once. May wait for seconds

  struct Change {
    std::vector<std::int32_t> given;
    std::vector<std::int32_t> taken;
  };
  // Waits for at most `wait`. After parts were taken nothing more changes until they are released.
  // What heals by itself is no error: nothing changes meanwhile.
  virtual Result<Change> poll(std::chrono::milliseconds wait) = 0;
  // All that was taken has ended.
  virtual Result<void> released() = 0;
};

}  // namespace wakestream::log
