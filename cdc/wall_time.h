// The wall clock of this machine, since the Unix epoch: what goes into records and is shown to
// people. It may jump; waits are measured by a steady clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace wakestream::cdc {

inline std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

inline std::int64_t wall_ms() { return wall_us() / 1'000; }

}  // namespace wakestream::cdc
