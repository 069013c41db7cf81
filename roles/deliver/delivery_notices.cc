#include "roles/deliver/delivery_notices.h"

namespace wakestream::deliver {

namespace {

using capture::action::Level;

constexpr std::int64_t pause_ms = 10'000;

}  // namespace

void DeliveryNotices::look(const DeliverFacts& facts, std::int64_t now_ms) {
  if (facts.breaker_open != std::exchange(told_away_, facts.breaker_open)) {
    if (facts.breaker_open)
      say(Level::warning, "consumer_away",
          "the receiver fails for one account after another; it is asked now and then until it "
          "answers");
    else
      say(Level::info, "consumer_back", "the receiver answers again");
  }
  if (facts.parked == told_parked_ || now_ms < quiet_until_ms_) return;
  told_parked_ = facts.parked;
  if (facts.waiting.lanes_parked == 0) return;  // replayed meanwhile
  quiet_until_ms_ = now_ms + pause_ms;
  say(Level::warning, "lanes_parked",
      "accounts whose events wait for somebody to look at them (wakestream dlq list)",
      {{"lanes", std::to_string(facts.waiting.lanes_parked)}});
}

void DeliveryNotices::say(Level level, std::string event, std::string message,
                          std::vector<std::pair<std::string, std::string>> fields) const {
  if (!say_) return;
  fields.insert(fields.begin(), {"consumer", consumer_});
  say_({level, std::move(event), std::move(message), std::move(fields)});
}

}  // namespace wakestream::deliver
