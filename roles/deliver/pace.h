// How fast a consumer may be asked: pure.
//
// Four limits, and each attempt needs leave from all of them:
//   rate      `rate_per_s`, `burst` at once (token_bucket.h; 0: no limit)
//   at once   as many attempts as the receiver bears: one more after a round of successes, half as
//             many after it throttles (additive increase, multiplicative decrease). What was under
//             way when it throttled is one wave, and halves once. Where a request holds many, it is
//             as many more, and never fewer than one request takes
//   throttle  after "too many" nobody asks before the time that the receiver said
//   breaker   after `breaker_failures` failures in a row of at least `breaker_lanes` lanes nobody
//             asks for a pause that doubles; then, when nothing else is under way any more, one
//             attempt probes, and decides. Any answer that is no failure closes it
//
// Belongs to one thread. Times are of the wall clock, in milliseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "roles/deliver/token_bucket.h"

namespace wakestream::deliver {

struct PaceSettings {
  double rate_per_s = 0;
  double burst = 0;  // 0: rate_per_s
  std::size_t at_once_max = 100;
  std::size_t at_once_step = 1;  // attempts that a request holds; at_once_max at most
  std::size_t breaker_failures = 20;
  std::size_t breaker_lanes = 5;
  std::int64_t breaker_pause_ms_min = 1'000;
  std::int64_t breaker_pause_ms_max = 60'000;
  std::int64_t throttle_pause_ms = 1'000;  // where the receiver does not say how long
};

class Pace {
 public:
  explicit Pace(PaceSettings settings);

  // How many attempts may begin now, beside the `in_flight` that are under way.
  std::size_t leave(std::size_t in_flight, std::int64_t now_ms);
  void began(std::int64_t now_ms);
  // One that began was never sent: it counts for nothing.
  void not_sent();

  // The receiver answered, and lives: also where it does not want this one.
  void succeeded(std::int64_t now_ms);
  // True: it counts against the event. False: the receiver is away, which is not the event's fault.
  bool failed(std::string_view account, std::int64_t now_ms);
  void throttled(std::optional<std::int64_t> pause_ms, std::int64_t now_ms);

  enum class Breaker : std::uint8_t { closed, open, probing };
  Breaker breaker() const { return breaker_; }
  std::size_t at_once() const { return at_once_; }
  // When `leave` may say more than now; nothing: not by time alone.
  std::optional<std::int64_t> next_ms(std::int64_t now_ms);

 private:
  void open(std::int64_t now_ms);
  void close();

  PaceSettings settings_;
  std::size_t at_once_;
  std::size_t successes_ = 0;  // of this round
  TokenBucket rate_;
  std::int64_t throttled_until_ms_ = 0;
  Breaker breaker_ = Breaker::closed;
  std::int64_t open_until_ms_ = 0;
  std::int64_t open_pause_ms_ = 0;              // the last one; 0: it was closed since
  std::size_t failures_ = 0;                    // in a row
  std::set<std::string, std::less<>> failing_;  // whose they were: `breaker_lanes` at most
};

}  // namespace wakestream::deliver
