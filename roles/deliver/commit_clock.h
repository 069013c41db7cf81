// What the time that a commit took means for what comes behind it. Pure: times of one clock that
// only goes forward come in (emitters::boot_ms).
//
// A commit that succeeded proves that nobody had taken over when it began: fencing would have
// refused it. What it put on record may begin for `begin_within` from then, and not later: a
// process that stood still in between, or whose log was slow, does not send what is another's by
// now.
//
// Where a transaction takes long, the next one waits as long as the last one took: the consumers of
// a pipeline share a broker, and each transaction of one holds up the others'.
#pragma once

#include <algorithm>
#include <cstdint>

namespace wakestream::deliver {

class CommitClock {
 public:
  explicit CommitClock(std::int64_t begin_within_ms) : begin_within_ms_(begin_within_ms) {}

  void succeeded(std::int64_t began_ms, std::int64_t now_ms) {
    proved_at_ms_ = began_ms;
    const auto took_ms = now_ms - began_ms;
    if (took_ms >= long_ms) next_from_ms_ = now_ms + std::min(took_ms, gap_ms_max);
  }

  // Until the next transaction.
  std::int64_t gap_left_ms(std::int64_t now_ms) const {
    return std::max<std::int64_t>(next_from_ms_ - now_ms, 0);
  }

  std::int64_t begin_by_ms() const { return proved_at_ms_ + begin_within_ms_; }
  // Half of the time is over: who hands over attempts gets another proof first.
  bool is_proof_old(std::int64_t now_ms) const {
    return now_ms - proved_at_ms_ > begin_within_ms_ / 2;
  }

 private:
  static constexpr std::int64_t long_ms = 10;
  static constexpr std::int64_t gap_ms_max = 100;

  const std::int64_t begin_within_ms_;
  std::int64_t proved_at_ms_ = 0;
  std::int64_t next_from_ms_ = 0;
};

}  // namespace wakestream::deliver
