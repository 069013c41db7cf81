// Who has which partitions in delivery_world.h, and how they pass on.
#include <algorithm>
#include <utility>

#include "roles/deliver/lane_record.h"
#include "tests/unit/roles/deliver/delivery_world.h"

namespace wakestream::deliver {

std::int32_t DeliveryWorld::partition_of(const std::string& account) const {
  return std::ranges::find(events_, account, &TrueEvent::account)->partition;
}

auto DeliveryWorld::begin(reading::Share share, bool handed_over) -> std::unique_ptr<Owner> {
  auto owner = std::make_unique<Owner>(Owner{.share = share, .settings = settings_});
  auto& bulk = owner->settings.bulk;
  if (one_in(2)) bulk = {static_cast<BulkTreatment>(up_to(2)), one_in(3) ? 50.0 : 0.0};
  settings_.bulk = bulk;
  owner->store = make_store_();
  for (const auto& [key, record] : recorded_.letters) {
    if (!share.has(record.partition)) continue;
    const auto letter = read_letter(record);
    if (letter)
      owner->store->put_letter(*letter);
    else
      truth_.problem("a letter cannot be read back");
  }
  for (const auto& [account, json] : recorded_.lanes)
    if (fault_ != Fault::lanes_forgotten && share.has(partition_of(account)))
      owner->store->put_lane(account, *decode_lane(json));
  std::vector<Progress> progress;
  for (const auto& json : recorded_.progress) {
    const auto partition = static_cast<std::int32_t>(progress.size());
    const bool forgets = fault_ == Fault::owner_starts_anew && handed_over;
    progress.push_back(share.has(partition) && !forgets ? *Progress::decode(json) : Progress());
    const auto next = std::ranges::find_if(events_, [&](const TrueEvent& event) {
      return event.partition == partition && event.offset >= progress.back().next();
    });
    owner->positions.push_back(static_cast<std::size_t>(next - events_.begin()));
    if (share.has(partition)) truth_.mutes_bulk(partition, bulk.treatment == BulkTreatment::mute);
  }
  owner->lanes = std::make_unique<Lanes>(owner->settings, std::move(progress), *owner->store);
  // As a replay out of the log does: from now on deletions are noted as they are read.
  owner->lanes->remember_erasures(true);
  for (const auto& event : events_)
    if (event.erasing && share.has(event.partition) &&
        owner->lanes->progress(event.partition).end() > event.offset)
      owner->store->note_erasure(event.account, event.offset);
  return owner;
}

void DeliveryWorld::end(Owner& owner) {
  for (const auto& attempt : owner.under_way)
    if (one_in(2)) truth_.took(attempt.id);
  owner.under_way.clear();
  truth_.ended([&owner](std::int32_t partition) { return owner.share.has(partition); });
}

void DeliveryWorld::crash(std::unique_ptr<Owner>& owner) {
  ++crashes_;
  end(*owner);
  owner = begin(owner->share, false);
}

// He waits for what is under way, though not for ever, and puts on record what came of it.
void DeliveryWorld::finish(Owner& owner) {
  ++handovers_;
  answer(owner, owner.under_way.size() - (one_in(5) && !owner.under_way.empty() ? 1 : 0));
  commit(owner);
}

void DeliveryWorld::hand_over(std::unique_ptr<Owner>& owner) {
  finish(*owner);
  if (fault_ == Fault::owner_not_fenced) {
    auto former = std::exchange(owner, begin(owner->share, true));
    owners_.push_back(std::move(former));  // `owner` may be gone now
    return;
  }
  end(*owner);
  owner = begin(owner->share, true);
}

// All of them end first, in good order or not.
void DeliveryWorld::divide(std::int32_t count) {
  const bool is_first = owners_.empty();
  for (auto& owner : owners_) {
    if (one_in(2)) finish(*owner);
    end(*owner);
  }
  owners_.clear();
  for (std::int32_t number = 0; number < count; ++number)
    owners_.push_back(begin({number, count}, !is_first));
}

void DeliveryWorld::rebalance() {
  if (one_in(30))
    hand_over(owners_[static_cast<std::size_t>(up_to(static_cast<int>(owners_.size()) - 1))]);
  if (one_in(60) && fault_ != Fault::owner_not_fenced) divide(1 + up_to(partition_count_ - 1));
}

}  // namespace wakestream::deliver
