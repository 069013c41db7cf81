// What the deliveries to one consumer show of themselves: counts, and no value of an event.
#pragma once

#include <cstdint>

#include "roles/deliver/lane_store.h"

namespace wakestream::deliver {

// For whoever shows them; since the start of the process, but for what there is now.
struct DeliverFacts {
  std::uint64_t read = 0;  // of those that it subscribed to
  std::uint64_t delivered = 0;
  std::uint64_t withheld = 0;
  std::uint64_t muted = 0;   // parts of bulk changes, which it does not want
  std::uint64_t failed = 0;  // attempts
  std::uint64_t parked = 0;  // events that parked their lane
  std::uint64_t in_flight = 0;
  LaneStore::Sums waiting;  // now
  // Errors that many events fail with (failure_watch.h).
  std::uint64_t patterns_of_consumer = 0;
  std::uint64_t patterns_of_data = 0;
  bool breaker_open = false;
  bool paused = false;

  // Another share's: what is counted; and what there is now as well.
  void add_counts(const DeliverFacts& other) {
    read += other.read;
    delivered += other.delivered;
    withheld += other.withheld;
    muted += other.muted;
    failed += other.failed;
    parked += other.parked;
  }
  void add(const DeliverFacts& other) {
    add_counts(other);
    in_flight += other.in_flight;
    waiting.add(other.waiting);
    patterns_of_consumer += other.patterns_of_consumer;
    patterns_of_data += other.patterns_of_data;
    breaker_open = breaker_open || other.breaker_open;
    paused = paused || other.paused;
  }
};

}  // namespace wakestream::deliver
