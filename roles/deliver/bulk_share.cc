#include "roles/deliver/bulk_share.h"

#include <algorithm>

namespace wakestream::deliver {

namespace {

constexpr std::size_t live_before_bulk = 9;
constexpr std::size_t part_kept_free = 10;

}  // namespace

// What a tenth of a second brings may come at once: a step takes some time.
BulkShare::BulkShare(double rate_per_s) : rate_(rate_per_s, rate_per_s / 10) {}

bool BulkShare::is_place(std::size_t in_flight, std::size_t places) {
  const auto kept_free = places > 1 ? std::max<std::size_t>(1, places / part_kept_free) : 0;
  return in_flight + kept_free < places;
}

bool BulkShare::leave(std::size_t in_flight, std::size_t places, bool live_waits,
                      std::int64_t now_ms) {
  if (!is_place(in_flight, places) || rate_.count(now_ms) == 0) return false;
  return !live_waits || live_in_a_row_ >= live_before_bulk;
}

void BulkShare::began(std::int64_t now_ms) {
  rate_.take(now_ms);
  live_in_a_row_ = 0;
}

void BulkShare::not_sent() { rate_.give_back(); }

void BulkShare::live_began() { live_in_a_row_ = std::min(live_in_a_row_ + 1, live_before_bulk); }

std::optional<std::int64_t> BulkShare::next_ms(std::size_t in_flight, std::size_t places,
                                               std::int64_t now_ms) {
  if (!is_place(in_flight, places)) return std::nullopt;
  return rate_.next_ms(now_ms);
}

}  // namespace wakestream::deliver
