// A part of a role's work: the event partitions whose number leaves `number` when divided by
// `count`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "log/event_log.h"

namespace wakestream::reading {

struct Share {
  std::int32_t number = 0;
  std::int32_t count = 1;  // 1: all of them

  bool is_all() const { return count == 1; }
  bool has(std::int32_t partition) const { return partition % count == number; }
  // It has one partition at least, and this is the first.
  std::int32_t home() const { return number; }
  std::string text() const { return fmt::format("{} of {}", number, count); }

  // Of each partition, from its beginning.
  std::vector<std::int64_t> beginnings(std::int32_t partition_count) const {
    std::vector<std::int64_t> offsets;
    offsets.reserve(static_cast<std::size_t>(partition_count));
    for (std::int32_t partition = 0; partition < partition_count; ++partition)
      offsets.push_back(has(partition) ? 0 : log::left_out);
    return offsets;
  }

  friend bool operator==(const Share&, const Share&) = default;
};

}  // namespace wakestream::reading
