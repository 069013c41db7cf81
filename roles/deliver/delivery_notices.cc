#include "roles/deliver/delivery_notices.h"

#include "roles/capture/wall_time.h"

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

void DeliveryNotices::tell(const FailureWatch::News& news) const {
  const auto fields = [](const FailurePattern& pattern) {
    return std::vector<std::pair<std::string, std::string>>{
        {"type", pattern.type},
        {"error", pattern.error},
        {"lanes", std::to_string(pattern.lanes)},
        {"since", capture::rfc3339(pattern.since_ms * 1'000)},
        {"cause", std::string(to_string(pattern.cause))}};
  };
  for (const auto& pattern : news.begun) {
    if (pattern.cause == LikelyCause::consumer_side)
      say(Level::error, "failure_pattern",
          "most of what fails has this error: look at the receiver and its recipe (wakestream dlq "
          "list)",
          fields(pattern));
    else
      say(Level::warning, "failure_pattern",
          "events of this type are refused with this error again and again: look at them "
          "(wakestream dlq show)",
          fields(pattern));
  }
  for (const auto& pattern : news.over)
    say(Level::info, "failure_pattern_over", "nothing fails with this error any more",
        fields(pattern));
}

void DeliveryNotices::say(Level level, std::string event, std::string message,
                          std::vector<std::pair<std::string, std::string>> fields) const {
  tell({level, std::move(event), std::move(message), std::move(fields)});
}

void DeliveryNotices::tell(capture::action::Say said) const {
  if (!say_) return;
  said.fields.insert(said.fields.begin(), {"consumer", consumer_});
  say_(said);
}

}  // namespace wakestream::deliver
