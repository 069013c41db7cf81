// A token bucket, which holds to a rate: pure.
//
// Tokens come at `rate_per_s`, and `burst` of them are kept at most (one at least), which are there
// at the beginning. What begins takes one. Where the rate is 0 there is no limit: tokens are always
// there. The wall clock may be set back: what has come stays, and more comes from there on.
//
// Belongs to one thread. Times are of the wall clock, in milliseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace wakestream::deliver {

class TokenBucket {
 public:
  TokenBucket(double rate_per_s, double burst);

  // Whole ones that are there now.
  std::size_t count(std::int64_t now_ms);
  // Whoever takes one without asking how many there are owes it.
  void take(std::int64_t now_ms);
  // One that was taken for nothing.
  void give_back();
  // When one is there: now at the earliest.
  std::int64_t next_ms(std::int64_t now_ms);

 private:
  bool is_limited() const { return rate_per_s_ > 0; }
  void refill(std::int64_t now_ms);
  void add(double tokens);

  double rate_per_s_;
  double burst_;
  double tokens_;
  std::optional<std::int64_t> refilled_ms_;
};

}  // namespace wakestream::deliver
