// What ends well, and what policy ends.
#include <utility>

#include "roles/deliver/lane_letters.h"
#include "roles/deliver/lanes.h"

namespace wakestream::deliver {

std::optional<Lanes::Flight> Lanes::take_flight(std::uint64_t ticket) {
  auto node = flights_.extract(ticket);
  if (node.empty()) return std::nullopt;
  auto flight = std::move(node.mapped());
  const auto turn = static_cast<std::size_t>(flight.bulk ? Turn::bulk : Turn::live);
  --turn_flights_[turn];
  if (flight.letter_since_ms) --letter_flights_[turn];
  lanes_.at(flight.event->key).ticket = 0;
  return flight;
}

void Lanes::withheld(std::uint64_t ticket, std::int64_t now_ms) {
  const auto flight = take_flight(ticket);
  if (!flight) return;
  pace_.not_sent();
  if (flight->bulk) share_.not_sent();
  finish(ticket, *flight, Fate::withheld, now_ms);
  release(*flight->event, now_ms);
}

void Lanes::ended(const emitters::Outcome& outcome, std::int64_t now_ms) {
  using emitters::Verdict;
  const auto flight = take_flight(outcome.ticket);
  if (!flight) return;
  switch (outcome.verdict) {
    case Verdict::delivered:
      pace_.succeeded(now_ms);
      finish(outcome.ticket, *flight, Fate::delivered, now_ms);
      break;
    case Verdict::unknown:
    case Verdict::retry:
      try_again(*flight, outcome, pace_.failed(flight->event->key, now_ms), now_ms);
      break;
    case Verdict::throttle:
      pace_.throttled(asked_pause_ms(outcome), now_ms);
      give_back(outcome.ticket, *flight, now_ms);
      break;
    case Verdict::park:
      pace_.succeeded(now_ms);
      give_up(*flight, outcome, now_ms);
      break;
    case Verdict::disable:
      pace_.succeeded(now_ms);
      paused_ = true;
      disabled_ = outcome.reason;
      give_back(outcome.ticket, *flight, now_ms);
      break;
  }
  release(*flight->event, now_ms);
}

// The lane has no attempt under way any more.
void Lanes::release(const log::StoredRecord& event, std::int64_t now_ms) {
  const auto found = lanes_.find(event.key);
  if (found->second.ordinary && !found->second.queue.empty()) {
    stop_being_bulk(found->second);
    make_ready(found->first, found->second);
    return;
  }
  if (!found->second.ordinary) note_due(now_ms);
  lanes_.erase(found);
}

// Delivered, withheld, or superseded in its turn.
void Lanes::finish(std::uint64_t ticket, const Flight& flight, Fate fate, std::int64_t now_ms) {
  const auto& event = *flight.event;
  remove(flight);
  changes_.ended.push_back({ticket, fate, flight.event, flight.attempt});

  const bool was_ordinary = lanes_.at(event.key).ordinary;
  auto state = was_ordinary ? std::nullopt : store_.lane(event.key);
  if (fate != Fate::superseded && erases(event) &&
      erase_below(event, state ? std::string_view(state->front) : std::string_view()) && state)
    state->unpark();
  if (state) next_letter(event, *std::move(state), now_ms);
}

// From memory, or from the letters.
void Lanes::remove(const Flight& flight) {
  if (flight.letter_since_ms) {
    settle(*flight.event);
    return;
  }
  done(*flight.event);
  let_go(lanes_.at(flight.event->key), *flight.event);
}

bool Lanes::erase_below(const log::StoredRecord& event, std::string_view parked_at) {
  bool parked_one = false;
  walk_backwards(store_, event.key, event.offset, [&](Letter& letter) {
    parked_one = parked_one || letter.id() == parked_at;
    settle(letter.event);
    letter.event.value = {};
    changes_.ended.push_back(
        {0, Fate::erased, std::make_shared<const log::StoredRecord>(std::move(letter.event)), 0});
    return true;
  });
  return parked_one;
}

void Lanes::next_letter(const log::StoredRecord& event, LaneState state, std::int64_t now_ms) {
  if (!store_.front(event.key)) {
    remove_lane(event);
    return;
  }
  state.attempts = 0;
  state.due_ms = now_ms;
  if (!state.parked) {
    state.front.clear();
    state.error.clear();
    state.status = 0;
  }
  put_lane(event, state);
}

}  // namespace wakestream::deliver
