// Where and how a consumer's events become lines of files. Plain data.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wakestream::emitters {

struct FileSettings {
  std::string folder;
  // A file that holds as much, or was begun so long ago, is finished.
  std::uint64_t rotate_bytes = 64U << 20U;
  std::chrono::seconds rotate_after{3'600};
};

}  // namespace wakestream::emitters
