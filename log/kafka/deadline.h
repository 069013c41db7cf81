// A moment after which a call must have answered.
#pragma once

#include <algorithm>
#include <chrono>

#include "log/event_log.h"

namespace wakestream::log::kafka {

class Deadline {
 public:
  explicit Deadline(Milliseconds from_now)
      : at_(std::chrono::steady_clock::now() + from_now), whole_(from_now) {}

  bool passed() const { return std::chrono::steady_clock::now() >= at_; }
  std::chrono::steady_clock::time_point at() const { return at_; }
  Milliseconds whole() const { return whole_; }

  // What is left of it, at most `step`, as librdkafka takes it. Never negative: to librdkafka -1 is
  // "for ever".
  int left_ms(Milliseconds step = Milliseconds::max()) const {
    const auto left = std::chrono::ceil<Milliseconds>(at_ - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp(left, Milliseconds{0}, std::min(step, longest)).count());
  }

 private:
  static constexpr Milliseconds longest{std::chrono::hours{24}};

  std::chrono::steady_clock::time_point at_;
  Milliseconds whole_;
};

}  // namespace wakestream::log::kafka
