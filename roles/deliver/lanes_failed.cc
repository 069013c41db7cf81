// What fails: tried again, parked, passed over, or moot.
#include <algorithm>
#include <utility>

#include "roles/deliver/lanes.h"

namespace wakestream::deliver {

namespace {

std::string_view id_of(const log::StoredRecord& event) { return log::header_of(event, "ce_id"); }

}  // namespace

// Not its fault: it stays where it is, and nothing counts.
void Lanes::give_back(std::uint64_t ticket, const Flight& flight, std::int64_t now_ms) {
  changes_.ended.push_back({ticket, Fate::failed, flight.event, flight.attempt});
  if (flight.letter_since_ms) return;
  auto& lane = lanes_.at(flight.event->key);
  if (!lane.ordinary) {  // since a replay began
    become_letter(flight, {.urgent = flight.urgent}, now_ms);
    return;
  }
  const auto behind =
      flight.urgent ? lane.queue.begin() : std::ranges::find(lane.queue, false, &Queued::urgent);
  lane.queue.insert(behind, {flight.event, flight.urgent, flight.bulk});
}

// How many attempts of it failed before this one.
std::uint32_t Lanes::failed_before(const Flight& flight) {
  if (!flight.letter_since_ms) return 0;
  const auto state = store_.lane(flight.event->key);
  const bool its_own = state && (state->parked || state->front == id_of(*flight.event));
  return its_own ? state->attempts : 0;
}

void Lanes::try_again(const Flight& flight, const emitters::Outcome& outcome, bool counts,
                      std::int64_t now_ms) {
  const auto attempts = failed_before(flight) + (counts ? 1 : 0);
  if (counts && attempts >= settings_.attempts_max) {
    give_up(flight, outcome, now_ms);
    return;
  }
  changes_.ended.push_back({outcome.ticket, Fate::failed, flight.event, flight.attempt});
  auto state = leave_ordinary(flight, {.urgent = flight.urgent}, now_ms);
  if (!state.parked) {
    state.error = outcome.reason;
    state.status = outcome.status;
  }
  const auto front = store_.front(flight.event->key);
  if (front && front->event.offset == flight.event->offset) {
    if (!state.parked) state.front = id_of(*flight.event);
    state.attempts = attempts;
    state.due_ms = now_ms;
    if (counts) {
      state.due_ms += std::max(pause_ms(attempts), asked_pause_ms(outcome).value_or(0));
    }
  } else {  // another one goes first now
    if (!state.parked) state.front.clear();
    state.attempts = 0;
    state.due_ms = now_ms;
  }
  put_lane(*flight.event, state);
}

// By letters from now on, if it was not so already. The event itself, if it came from memory, goes
// in with the others.
LaneState Lanes::leave_ordinary(const Flight& flight, Letter as, std::int64_t now_ms) {
  auto state = LaneState{.since_ms = now_ms};
  auto& lane = lanes_.at(flight.event->key);
  if (!flight.letter_since_ms) become_letter(flight, std::move(as), now_ms);
  if (lane.ordinary)
    spill(lane, now_ms);
  else
    state = store_.lane(flight.event->key).value_or(state);
  state.sequence = std::max(state.sequence, flight.sequence);
  return state;
}

void Lanes::become_letter(const Flight& flight, Letter as, std::int64_t now_ms) {
  as.event = *flight.event;
  as.since_ms = flight.letter_since_ms.value_or(now_ms);
  as.replays = flight.replays;
  put_letter(std::move(as));
  if (flight.letter_since_ms) return;
  done(*flight.event);
  let_go(lanes_.at(flight.event->key), *flight.event);
}

bool Lanes::newer_waits(const Flight& flight) {
  const auto& event = *flight.event;
  const auto type = log::header_of(event, "ce_type");
  const auto& queue = lanes_.at(event.key).queue;
  const bool in_memory = std::ranges::any_of(queue, [&](const Queued& queued) {
    return queued.event->offset > event.offset && log::header_of(*queued.event, "ce_type") == type;
  });
  return in_memory || store_.newer_waits(event.key, type, event.offset);
}

void Lanes::give_up(const Flight& flight, const emitters::Outcome& outcome, std::int64_t now_ms) {
  const auto rule = when_exhausted(log::header_of(*flight.event, "ce_type"));
  if (rule == WhenExhausted::supersede && newer_waits(flight)) {
    finish(outcome.ticket, flight, Fate::superseded, now_ms);
    return;
  }
  if (rule != WhenExhausted::skip) {
    park(flight, outcome, now_ms);
    return;
  }
  become_letter(flight,
                {.state = LetterState::dead, .error = outcome.reason, .status = outcome.status},
                now_ms);
  changes_.ended.push_back({outcome.ticket, Fate::skipped, flight.event, flight.attempt});
  if (lanes_.at(flight.event->key).ordinary) return;
  if (auto state = store_.lane(flight.event->key))
    next_letter(*flight.event, *std::move(state), now_ms);
}

void Lanes::park(const Flight& flight, const emitters::Outcome& outcome, std::int64_t now_ms) {
  changes_.ended.push_back({outcome.ticket, Fate::parked, flight.event, flight.attempt});
  // Not urgent any more: a parked lane would try it again.
  if (flight.letter_since_ms && flight.urgent) become_letter(flight, {}, now_ms);
  auto state = leave_ordinary(flight, {}, now_ms);
  const bool holds_from_here = !state.parked || flight.event->offset < state.parked_from;
  if (holds_from_here) {
    state.parked = true;
    state.parked_from = flight.event->offset;
    state.front = id_of(*flight.event);
    state.error = outcome.reason;
    state.status = outcome.status;
  }
  const auto front = store_.front(flight.event->key);
  const bool another_is_next = front && !state.holds(*front);
  state.attempts = holds_from_here && !another_is_next ? flight.attempt : 0;
  state.due_ms = now_ms;
  put_lane(*flight.event, state);
}

std::optional<std::int64_t> Lanes::asked_pause_ms(const emitters::Outcome& outcome) {
  if (!outcome.retry_after) return std::nullopt;
  return std::chrono::milliseconds(*outcome.retry_after).count();
}

// Between half of it and the whole, so that lanes that failed together do not come back together.
std::int64_t Lanes::pause_ms(std::uint32_t attempts) {
  auto pause = settings_.pause_ms_min;
  for (std::uint32_t at = 1; at < attempts && pause < settings_.pause_ms_max; ++at) pause *= 2;
  pause = std::min(pause, settings_.pause_ms_max);
  std::uniform_int_distribution<std::int64_t> jitter(pause / 2, pause);
  return jitter(random_);
}

}  // namespace wakestream::deliver
