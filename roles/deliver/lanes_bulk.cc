// What is part of a bulk change: its part of the window, and what it does beyond it.
#include <algorithm>
#include <utility>

#include "roles/deliver/lanes.h"
#include "roles/disclosure/addressee.h"

namespace wakestream::deliver {

namespace {

constexpr std::size_t part_of_window = 4;

}  // namespace

bool Lanes::treated_as(BulkTreatment treatment, const log::StoredRecord& event) const {
  // What this consumer asked for itself is not muted: the rows of its bootstrap.
  if (treatment == BulkTreatment::mute && !disclosure::addressee(event).empty()) return false;
  return settings_.bulk.treatment == treatment && is_bulk(event) && !is_urgent(event);
}

bool Lanes::is_urgent(const log::StoredRecord& event) const {
  return settings_.urgent && settings_.urgent(event);
}

void Lanes::mute(const Event& event) {
  ++unwritten_muted_;
  unwritten_bytes_ += size_of(*event);
  changes_.ended.push_back({0, Fate::muted, event, 0});
}

bool Lanes::bulk_has_room() const {
  return held_bulk_events_ <
             std::max<std::size_t>(1, settings_.window_events_max / part_of_window) &&
         held_bulk_bytes_ < settings_.window_bytes_max / part_of_window;
}

void Lanes::hold(Lane& lane, const Queued& queued) {
  const auto bytes = size_of(*queued.event);
  ++held_events_;
  held_bytes_ += bytes;
  if (!lane.bulk) return;
  ++held_bulk_events_;
  held_bulk_bytes_ += bytes;
}

void Lanes::let_go(const Lane& lane, const log::StoredRecord& event) {
  const auto bytes = size_of(event);
  --held_events_;
  held_bytes_ -= bytes;
  if (!lane.bulk) return;
  --held_bulk_events_;
  held_bulk_bytes_ -= bytes;
}

// With what it holds: what is queued, and what is under way from there.
void Lanes::become_bulk(Lane& lane) {
  if (std::exchange(lane.bulk, true)) return;
  for (const auto& queued : lane.queue) {
    ++held_bulk_events_;
    held_bulk_bytes_ += size_of(*queued.event);
  }
  const auto flight = flights_.find(lane.ticket);
  if (flight == flights_.end() || flight->second.letter_since_ms) return;
  ++held_bulk_events_;
  held_bulk_bytes_ += size_of(*flight->second.event);
}

// Once the last of its bulk events has ended. Nothing of it is under way.
void Lanes::stop_being_bulk(Lane& lane) {
  if (!lane.bulk || std::ranges::any_of(lane.queue, &Queued::bulk)) return;
  lane.bulk = false;
  for (const auto& queued : lane.queue) {
    --held_bulk_events_;
    held_bulk_bytes_ -= size_of(*queued.event);
  }
}

// An attempt of the lane that is under way stays so: it becomes a letter when it fails.
void Lanes::read_beyond_room(const Queued& queued, std::int64_t now_ms) {
  const auto& event = *queued.event;
  const auto state = leave_memory(event.key, now_ms);
  put_letter({.event = event, .urgent = queued.urgent, .since_ms = now_ms});
  done(event);
  put_lane(event, {.due_ms = now_ms, .since_ms = state.since_ms});
}

}  // namespace wakestream::deliver
