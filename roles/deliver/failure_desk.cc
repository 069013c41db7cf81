#include "roles/deliver/failure_desk.h"

#include <utility>

#include "roles/capture/wall_time.h"

namespace wakestream::deliver {

void FailureDesk::begin(DeliveryRecords& records, std::int64_t now_ms) {
  watch_.look_again();
  schedule_.reset();
  const auto& recorded = commands_.state().schedule;
  if (replay_)
    schedule_.emplace(*replay_, recorded, now_ms);
  else if (!recorded.line.empty())
    commands_.scheduled({}, std::nullopt, now_ms, records);
}

void FailureDesk::step(Lanes& lanes, LaneStore& store, DeliveryRecords& records,
                       std::int64_t now_ms) {
  watch_.step(store, capture::time_now().mono_ms);
  notices_.tell(watch_.take_news());
  if (!schedule_ || commands_.replays()) return;
  schedule_->step(lanes, store, watch_, now_ms);
  auto news = schedule_->take_news();
  if (news.moved_on)
    commands_.scheduled(schedule_->state(), std::move(news.ended), now_ms, records);
  for (auto& said : news.said) notices_.tell(std::move(said));
}

void FailureDesk::show(DeliverFacts& facts) const {
  facts.patterns_of_consumer = watch_.count(LikelyCause::consumer_side);
  facts.patterns_of_data = watch_.count(LikelyCause::data);
}

}  // namespace wakestream::deliver
