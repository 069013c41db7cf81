#include "roles/deliver/lanes.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "roles/deliver/sequence.h"

namespace wakestream::deliver {

std::string_view to_string(Fate fate) {
  switch (fate) {
    case Fate::delivered:
      return "delivered";
    case Fate::withheld:
      return "withheld";
    case Fate::erased:
      return "erased";
    case Fate::failed:
      return "failed";
    case Fate::parked:
      return "parked";
    case Fate::skipped:
      return "skipped";
    case Fate::superseded:
      return "superseded";
    case Fate::muted:
      return "muted";
  }
  return "";
}

Lanes::Lanes(LaneSettings settings, std::vector<Progress> progress, LaneStore& store)
    : settings_(std::move(settings)),
      progress_(std::move(progress)),
      store_(store),
      pace_(settings_.pace),
      share_(settings_.bulk.rate_per_s),
      random_(settings_.seed) {
  due_from_ms_.fill(std::numeric_limits<std::int64_t>::min());
  for (const auto& part : progress_) again_.emplace_back(part.next(), part.end());
}

// What is on its way to the record counts too: so a lane whose events all become letters cannot be
// read without end between two transactions.
bool Lanes::has_room() const {
  const bool nothing_starts = paused_ || pace_.breaker() != Pace::Breaker::closed;
  if (nothing_starts && !bulk_has_room()) return false;
  return held_events_ + changes_.letters.size() + unwritten_muted_ < settings_.window_events_max &&
         held_bytes_ + unwritten_bytes_ < settings_.window_bytes_max;
}

Progress& Lanes::progress_of(const log::StoredRecord& event) {
  return progress_[static_cast<std::size_t>(event.partition)];
}

const Progress& Lanes::progress(std::int32_t partition) const {
  return progress_[static_cast<std::size_t>(partition)];
}

std::size_t Lanes::size_of(const log::StoredRecord& event) {
  auto bytes = sizeof(event) + event.key.size() + event.value.size();
  for (const auto& [name, value] : event.headers) bytes += name.size() + value.size();
  return bytes;
}

bool Lanes::any_lane_waits() { return store_.sums().lanes() > 0; }

void Lanes::read(log::StoredRecord event, std::int64_t now_ms) {
  saw(event);
  if (!progress_of(event).read(event.offset)) return;

  const bool urgent = is_urgent(event);
  const bool slow = treated_as(BulkTreatment::slow, event);
  Queued queued{std::make_shared<const log::StoredRecord>(std::move(event)), urgent, slow};
  const auto& account = queued.event->key;
  if (treated_as(BulkTreatment::mute, *queued.event)) {
    done(*queued.event);
    mute(queued.event);
    return;
  }
  const auto found = lanes_.find(account);
  if ((found == lanes_.end() || !found->second.ordinary) && any_lane_waits()) {
    if (auto state = store_.lane(account)) {
      read_waiting(queued, *std::move(state), now_ms);
      return;
    }
  }
  const bool of_bulk = slow || (found != lanes_.end() && found->second.bulk);
  if (of_bulk && !bulk_has_room()) {
    read_beyond_room(queued, now_ms);
    return;
  }
  auto& lane = lanes_[account];
  if (of_bulk) become_bulk(lane);
  hold(lane, queued);
  enqueue(lane, queued);
  make_ready(account, lane);
}

void Lanes::pass_over(const log::StoredRecord& event) {
  saw(event);
  if (progress_of(event).read(event.offset)) done(event);
}

void Lanes::saw(const log::StoredRecord& event) {
  progress_of(event).saw(own_sequence(event));
  if (remembers_erasures_ && erases(event)) store_.note_erasure(event.key, event.offset);
  again_[static_cast<std::size_t>(event.partition)].first = event.offset + 1;
}

bool Lanes::caught_up(const log::StoredRecord& event) const {
  const auto& [next, end] = again_[static_cast<std::size_t>(event.partition)];
  return next >= end;
}

bool Lanes::all_caught_up() const {
  return std::ranges::all_of(again_, [](const auto& part) { return part.first >= part.second; });
}

void Lanes::enqueue(Lane& lane, Queued queued) {
  const auto behind =
      queued.urgent ? std::ranges::find(lane.queue, false, &Queued::urgent) : lane.queue.end();
  lane.queue.insert(behind, std::move(queued));
}

void Lanes::make_ready(const std::string& account, Lane& lane) {
  if (lane.ticket != 0 || lane.queue.empty()) return;
  const auto turn = lane.queue.front().bulk ? Turn::bulk : Turn::live;
  if (lane.ready == turn) return;
  lane.ready = turn;
  ready(turn).push_back(account);
}

// Of a lane that is not ordinary: its events become letters at once.
void Lanes::read_waiting(const Queued& queued, LaneState state, std::int64_t now_ms) {
  const auto& event = *queued.event;
  const auto front = store_.front(event.key);
  put_letter({.event = event, .urgent = queued.urgent, .since_ms = now_ms});
  done(event);

  bool next_is_another = queued.urgent && !(front && front->urgent);
  if (state.parked &&
      when_exhausted(log::header_of(event, "ce_type")) == WhenExhausted::supersede) {
    const auto parked = parked_letter(event.key, state);
    if (parked && parked->type() == log::header_of(event, "ce_type")) {
      auto moot = std::make_shared<const log::StoredRecord>(parked->event);
      settle(*moot);
      changes_.ended.push_back({0, Fate::superseded, std::move(moot), 0});
      state.unpark();
      next_is_another = true;
    }
  }
  if (!next_is_another) return;
  state.attempts = 0;
  state.due_ms = now_ms;
  if (!state.parked) {
    state.front.clear();
    state.error.clear();
    state.status = 0;
  }
  put_lane(event, state);
}

void Lanes::done(const log::StoredRecord& event) {
  progress_of(event).done(event.offset);
  changes_.partitions.insert(event.partition);
}

void Lanes::put_letter(Letter letter) {
  store_.put_letter(letter);
  unwritten_bytes_ += size_of(letter.event);
  changes_.letters.push_back(std::move(letter));
}

void Lanes::settle(const log::StoredRecord& event) {
  store_.remove_letter(event.key, event.offset);
  Letter name;
  name.event.partition = event.partition;
  name.event.offset = event.offset;
  name.event.key = event.key;
  changes_.letters_settled.push_back(std::move(name));
}

void Lanes::put_lane(const log::StoredRecord& event, LaneState state) {
  state.bulk = false;
  if (store_.sums().letters_bulk > 0) {
    const auto front = store_.front(event.key);
    state.bulk = front && treated_as(BulkTreatment::slow, front->event);
  }
  store_.put_lane(event.key, state);
  changes_.lanes[event.key] = {event.partition, state};
  const auto found = lanes_.find(event.key);
  const bool under_way = found != lanes_.end() && found->second.ticket != 0;
  if (!under_way) note_due(state.due_ms);
}

void Lanes::remove_lane(const log::StoredRecord& event) {
  store_.remove_lane(event.key);
  changes_.lanes[event.key] = {event.partition, std::nullopt};
}

void Lanes::spill(Lane& lane, std::int64_t now_ms) {
  for (const auto& queued : lane.queue) {
    put_letter({.event = *queued.event, .urgent = queued.urgent, .since_ms = now_ms});
    done(*queued.event);
    let_go(lane, *queued.event);
  }
  lane.queue.clear();
  lane.ordinary = false;
  lane.ready.reset();
}

Changes Lanes::take_changes() {
  unwritten_muted_ = 0;
  unwritten_bytes_ = 0;
  return std::exchange(changes_, {});
}

std::optional<std::string> Lanes::take_disabled() { return std::exchange(disabled_, std::nullopt); }

WhenExhausted Lanes::when_exhausted(std::string_view type) const {
  const auto found = settings_.exhausted.find(type);
  return found == settings_.exhausted.end() ? WhenExhausted::park : found->second;
}

}  // namespace wakestream::deliver
