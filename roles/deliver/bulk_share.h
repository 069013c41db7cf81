// How much of the room bulk events may have: pure.
//
//   places   a tenth of those that are there at once (one at least, where there are more than one)
//            stays free of them: a live event that comes starts at once
//   turns    while live events wait, one in ten that start is bulk: so neither waits without end
//   rate     at most `rate_per_s` of them start (token_bucket.h; 0: no limit)
//
// Where nothing live waits, the first and the last alone hold. Belongs to one thread. Times are of
// the wall clock, in milliseconds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "roles/deliver/token_bucket.h"

namespace wakestream::deliver {

class BulkShare {
 public:
  explicit BulkShare(double rate_per_s);

  // May one more start, beside the `in_flight` that did, where there are `places` for all?
  bool leave(std::size_t in_flight, std::size_t places, bool live_waits, std::int64_t now_ms);
  void began(std::int64_t now_ms);
  // One that began was never sent.
  void not_sent();
  void live_began();
  // When one may start, as far as time alone decides it; nothing: when one ends.
  std::optional<std::int64_t> next_ms(std::size_t in_flight, std::size_t places,
                                      std::int64_t now_ms);

 private:
  static bool is_place(std::size_t in_flight, std::size_t places);

  TokenBucket rate_;
  std::size_t live_in_a_row_ = 0;
};

}  // namespace wakestream::deliver
