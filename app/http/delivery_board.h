// Where the deliveries to each consumer leave their facts, and where whoever serves them finds
// them.
//
// Thread-safe.
#pragma once

#include <mutex>
#include <string>

#include "app/http/delivery_families.h"

namespace wakestream::app {

class DeliveryBoard {
 public:
  void leave(const std::string& consumer, const deliver::DeliverFacts& facts) {
    const std::lock_guard lock(mutex_);
    deliveries_[consumer] = facts;
  }
  Deliveries deliveries() const {
    const std::lock_guard lock(mutex_);
    return deliveries_;
  }

 private:
  mutable std::mutex mutex_;
  Deliveries deliveries_;
};

}  // namespace wakestream::app
