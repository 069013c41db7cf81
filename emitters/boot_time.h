// A clock for what must not begin late: it never goes back, and it runs also while the machine
// sleeps (CLOCK_BOOTTIME, "clock_gettime(2)"), when the steady clock of the standard library stands
// still on Linux.
#pragma once

#include <cstdint>
#include <ctime>
#include <limits>

namespace wakestream::emitters {

inline std::int64_t boot_ms() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000 + now.tv_nsec / 1'000'000;
}

inline constexpr std::int64_t no_time_limit = std::numeric_limits<std::int64_t>::max();

}  // namespace wakestream::emitters
