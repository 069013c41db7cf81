// Where the deliveries to each consumer leave their facts, and where whoever serves them finds
// them.
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "app/http/delivery_families.h"

namespace wakestream::app {

class DeliveryBoard {
 public:
  // Of the consumer, or of this share of it.
  void leave(const std::string& consumer, std::int32_t share, const deliver::DeliverFacts& facts) {
    const std::lock_guard lock(mutex_);
    deliveries_[consumer].now[share] = facts;
  }
  // This process has the share no more: what was counted stays, what waits there is another's.
  void ended(const std::string& consumer, std::int32_t share) {
    const std::lock_guard lock(mutex_);
    auto& of_consumer = deliveries_[consumer];
    const auto found = of_consumer.now.find(share);
    if (found == of_consumer.now.end()) return;
    of_consumer.counted.add_counts(found->second);
    of_consumer.now.erase(found);
  }
  // Of each consumer, what all of its shares here come to.
  Deliveries deliveries() const {
    const std::lock_guard lock(mutex_);
    Deliveries sums;
    for (const auto& [consumer, facts] : deliveries_) {
      auto& sum = sums[consumer] = facts.counted;
      for (const auto& [share, of_share] : facts.now) sum.add(of_share);
    }
    return sums;
  }

 private:
  struct OfConsumer {
    deliver::DeliverFacts counted;  // by shares that have ended
    std::map<std::int32_t, deliver::DeliverFacts> now;
  };
  mutable std::mutex mutex_;
  std::map<std::string, OfConsumer> deliveries_;
};

}  // namespace wakestream::app
