#include "roles/deliver/pace.h"

#include <algorithm>

namespace wakestream::deliver {

Pace::Pace(PaceSettings settings)
    : settings_(settings),
      at_once_(std::max<std::size_t>(settings.at_once_max, 1)),
      rate_(settings.rate_per_s, settings.burst > 0 ? settings.burst : settings.rate_per_s) {}

std::size_t Pace::leave(std::size_t in_flight, std::int64_t now_ms) {
  if (now_ms < throttled_until_ms_ || breaker_ == Breaker::probing) return 0;
  auto count = at_once_ - std::min(in_flight, at_once_);
  if (breaker_ == Breaker::open) {
    if (now_ms < open_until_ms_ || in_flight > 0) return 0;
    count = 1;
  }
  return std::min(count, rate_.count(now_ms));
}

void Pace::began(std::int64_t now_ms) {
  rate_.take(now_ms);
  if (breaker_ == Breaker::open) breaker_ = Breaker::probing;
}

void Pace::not_sent() {
  rate_.give_back();
  if (breaker_ == Breaker::probing) breaker_ = Breaker::open;  // its pause is over: the next probes
}

void Pace::close() {
  breaker_ = Breaker::closed;
  open_pause_ms_ = 0;
  failures_ = 0;
  failing_.clear();
}

void Pace::succeeded(std::int64_t /*now_ms*/) {
  close();
  if (++successes_ < at_once_) return;
  successes_ = 0;
  at_once_ =
      std::min(at_once_ + settings_.at_once_step, std::max<std::size_t>(settings_.at_once_max, 1));
}

void Pace::open(std::int64_t now_ms) {
  breaker_ = Breaker::open;
  open_pause_ms_ =
      std::clamp(2 * open_pause_ms_, settings_.breaker_pause_ms_min,
                 std::max(settings_.breaker_pause_ms_min, settings_.breaker_pause_ms_max));
  open_until_ms_ = now_ms + open_pause_ms_;
}

bool Pace::failed(std::string_view account, std::int64_t now_ms) {
  if (breaker_ == Breaker::open) return false;  // it was under way before
  if (breaker_ == Breaker::probing) {
    open(now_ms);
    return false;
  }
  ++failures_;
  if (failing_.size() < settings_.breaker_lanes) failing_.emplace(account);
  if (failures_ < settings_.breaker_failures || failing_.size() < settings_.breaker_lanes)
    return true;
  open(now_ms);
  return false;
}

void Pace::throttled(std::optional<std::int64_t> pause_ms, std::int64_t now_ms) {
  close();
  if (now_ms >= throttled_until_ms_) {
    at_once_ = std::max(at_once_ / 2, settings_.at_once_step);
    successes_ = 0;
  }
  const auto pause = pause_ms.value_or(0) > 0 ? *pause_ms : settings_.throttle_pause_ms;
  throttled_until_ms_ = std::max(throttled_until_ms_, now_ms + pause);
}

std::optional<std::int64_t> Pace::next_ms(std::int64_t now_ms) {
  if (breaker_ == Breaker::probing) return std::nullopt;
  auto next = std::max(throttled_until_ms_, rate_.next_ms(now_ms));
  if (breaker_ == Breaker::open) next = std::max(next, open_until_ms_);
  if (next <= now_ms) return std::nullopt;
  return next;
}

}  // namespace wakestream::deliver
