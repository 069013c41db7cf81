// What the embedded log's retention does, for people: removals in sums, at most once in ten
// minutes; a reader that holds records beyond the limits, and a failure, at once.
//
// Called on the log's thread alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "app/logging.h"
#include "log/embedded/embedded_log.h"

namespace wakestream::app {

class RetentionNotice {
 public:
  // `removed` gets the number of records of each removal; it may be empty.
  RetentionNotice(Logger& logger, std::function<void(std::uint64_t)> removed)
      : logger_(logger), removed_(std::move(removed)) {}

  void take(const log::embedded::RetentionReport& report);

 private:
  using Clock = std::chrono::steady_clock;

  Logger& logger_;
  std::function<void(std::uint64_t)> removed_;
  std::uint64_t unsaid_ = 0;
  Clock::time_point said_at_;
};

}  // namespace wakestream::app
