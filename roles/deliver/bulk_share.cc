#include "roles/deliver/bulk_share.h"

#include <algorithm>
#include <cmath>

namespace wakestream::deliver {

namespace {

constexpr std::size_t live_before_bulk = 9;
constexpr std::size_t part_kept_free = 10;

}  // namespace

// What a tenth of a second brings may come at once: a step takes some time.
double BulkShare::burst() const { return std::max(1.0, rate_per_s_ / 10); }

BulkShare::BulkShare(double rate_per_s) : rate_per_s_(rate_per_s), tokens_(burst()) {}

bool BulkShare::is_place(std::size_t in_flight, std::size_t places) {
  const auto kept_free = places > 1 ? std::max<std::size_t>(1, places / part_kept_free) : 0;
  return in_flight + kept_free < places;
}

void BulkShare::refill(std::int64_t now_ms) {
  if (rate_per_s_ <= 0) return;
  const auto passed_ms = refilled_ms_ ? std::max<std::int64_t>(0, now_ms - *refilled_ms_) : 0;
  tokens_ = std::min(burst(), tokens_ + static_cast<double>(passed_ms) * rate_per_s_ / 1'000);
  refilled_ms_ = now_ms;
}

bool BulkShare::leave(std::size_t in_flight, std::size_t places, bool live_waits,
                      std::int64_t now_ms) {
  refill(now_ms);
  if (!is_place(in_flight, places)) return false;
  if (rate_per_s_ > 0 && tokens_ < 1) return false;
  return !live_waits || live_in_a_row_ >= live_before_bulk;
}

void BulkShare::began(std::int64_t now_ms) {
  refill(now_ms);
  if (rate_per_s_ > 0) tokens_ -= 1;
  live_in_a_row_ = 0;
}

void BulkShare::not_sent() {
  if (rate_per_s_ > 0) tokens_ = std::min(burst(), tokens_ + 1);
}

void BulkShare::live_began() { live_in_a_row_ = std::min(live_in_a_row_ + 1, live_before_bulk); }

std::optional<std::int64_t> BulkShare::next_ms(std::size_t in_flight, std::size_t places,
                                               std::int64_t now_ms) {
  if (!is_place(in_flight, places)) return std::nullopt;
  refill(now_ms);
  if (rate_per_s_ <= 0 || tokens_ >= 1) return now_ms;
  return now_ms + std::max<std::int64_t>(
                      1, static_cast<std::int64_t>(std::ceil((1 - tokens_) * 1'000 / rate_per_s_)));
}

}  // namespace wakestream::deliver
