#include "roles/deliver/token_bucket.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wakestream::deliver {

TokenBucket::TokenBucket(double rate_per_s, double burst)
    : rate_per_s_(rate_per_s), burst_(std::max(burst, 1.0)), tokens_(burst_) {}

void TokenBucket::add(double tokens) { tokens_ = std::min(burst_, tokens_ + tokens); }

void TokenBucket::refill(std::int64_t now_ms) {
  const auto passed_ms = std::max<std::int64_t>(now_ms - refilled_ms_.value_or(now_ms), 0);
  refilled_ms_ = now_ms;
  add(rate_per_s_ * static_cast<double>(passed_ms) / 1'000);
}

std::size_t TokenBucket::count(std::int64_t now_ms) {
  if (!is_limited()) return std::numeric_limits<std::size_t>::max();
  refill(now_ms);
  return static_cast<std::size_t>(std::max(tokens_, 0.0));
}

void TokenBucket::take(std::int64_t now_ms) {
  if (!is_limited()) return;
  refill(now_ms);
  tokens_ -= 1;
}

void TokenBucket::give_back() { add(1); }

std::int64_t TokenBucket::next_ms(std::int64_t now_ms) {
  if (count(now_ms) > 0) return now_ms;
  return now_ms + static_cast<std::int64_t>(std::ceil((1 - tokens_) / rate_per_s_ * 1'000));
}

}  // namespace wakestream::deliver
