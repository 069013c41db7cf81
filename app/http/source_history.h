// Where the server's log stood, and when: the last hour, in order.
//
// Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "cdc/lsn.h"

namespace wakestream::app {

class SourceHistory {
 public:
  void add(std::int64_t at_ms, cdc::Lsn wal_end);

  // The last time at which the server's log ended no later than `position`; 0 when that is not
  // known.
  std::int64_t last_at_or_before(cdc::Lsn position) const;
  // Was the server already beyond `position` at that time?
  bool beyond(cdc::Lsn position, std::int64_t at_ms) const;
  // Bytes of log a second over what is remembered; nothing before there are 10 s of it.
  std::optional<double> bytes_per_second() const;

 private:
  struct Sample {
    std::int64_t at_ms = 0;
    cdc::Lsn wal_end;
  };
  std::deque<Sample> samples_;
};

}  // namespace wakestream::app
