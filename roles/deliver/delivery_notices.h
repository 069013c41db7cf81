// What somebody should look at, told once: that a receiver is away, and that it is back; and how
// many lanes are parked, at once and then in sums; that many events fail with one error.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "roles/capture/action.h"
#include "roles/deliver/deliver_facts.h"
#include "roles/deliver/failure_watch.h"

namespace wakestream::deliver {

class DeliveryNotices {
 public:
  using Say = std::function<void(const capture::action::Say&)>;

  DeliveryNotices(std::string consumer, Say say)
      : consumer_(std::move(consumer)), say_(std::move(say)) {}

  // Now and then. The time is of a steady clock.
  void look(const DeliverFacts& facts, std::int64_t now_ms);
  // Patterns of failures that have begun, and that are over.
  void tell(const FailureWatch::News& news) const;
  void tell(capture::action::Say said) const;

 private:
  void say(capture::action::Level level, std::string event, std::string message,
           std::vector<std::pair<std::string, std::string>> fields = {}) const;

  const std::string consumer_;
  const Say say_;
  bool told_away_ = false;
  std::uint64_t told_parked_ = 0;
  std::int64_t quiet_until_ms_ = 0;
};

}  // namespace wakestream::deliver
