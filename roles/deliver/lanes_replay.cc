// What a person asks to be tried again.
#include <algorithm>
#include <utility>

#include "roles/deliver/lane_letters.h"
#include "roles/deliver/lanes.h"

namespace wakestream::deliver {

namespace {

std::uint32_t replays_of(const Letter& letter, ReplayedBy by) {
  return by == ReplayedBy::schedule ? letter.replays + 1 : 0;
}

}  // namespace

std::size_t Lanes::replay(std::string_view account,
                          const std::function<bool(const Letter&)>& wanted,
                          std::string_view replay_id, std::int64_t now_ms, ReplayedBy by) {
  const auto last = store_.letters_before(account, behind_all_letters, 1);
  if (last.empty()) return 0;
  const auto& place = last.front().event;  // account and partition
  auto state = store_.lane(account);
  const bool unparked = state && state->parked && unpark(account, *state, wanted, replay_id, by);
  const bool parked = state && state->parked;

  std::size_t revived = 0;
  walk_backwards(store_, account, behind_all_letters, [&](Letter& letter) {
    const bool urgent = is_urgent(letter.event);
    if (letter.state == LetterState::dead && wanted(letter)) {
      letter.state = LetterState::waiting;
      letter.error.clear();
      letter.status = 0;
      letter.replays = replays_of(letter, by);
      letter.urgent = urgent;
      set_replay(letter.event, replay_id);
      ++revived;
      put_letter(std::move(letter));
    } else if (letter.state == LetterState::waiting && unparked && letter.urgent != urgent) {
      letter.urgent = urgent;  // what was parked is as urgent as it was
      put_letter(std::move(letter));
    }
    return true;
  });
  if (revived == 0 && !unparked) return 0;

  if (!state) state = leave_memory(place.key, now_ms);
  if (revived > 0) {
    // Later ones were sent, and nobody knows up to where: at most the highest that was read.
    state->sequence = std::max(state->sequence, progress_of(place).sequence());
    if (!parked) state->front.clear();
  }
  if (!parked) {
    state->error.clear();
    state->status = 0;
  }
  state->attempts = 0;
  state->due_ms = now_ms;
  put_lane(place, *state);
  return revived + (unparked ? 1 : 0);
}

bool Lanes::send_again(log::StoredRecord event, std::string_view replay_id, std::int64_t now_ms) {
  if (!progress_of(event).has_ended(event.offset)) return false;
  const auto account = event.key;
  if (event.offset < store_.erased_below(account)) return false;
  const auto there = store_.letters_before(account, event.offset + 1, 1);
  if (!there.empty() && there.front().event.offset == event.offset) return false;
  const auto front = store_.front(account);
  auto state = store_.lane(account);
  if (!state) state = leave_memory(account, now_ms);
  // Later ones were sent, and nobody knows up to where: at most the highest that was read. And a
  // receiver that has had this very event drops it where its sequence is not a higher one.
  state->sequence = std::max(state->sequence, progress_of(event).sequence() + "+0000");
  Letter letter{.event = std::move(event), .since_ms = now_ms};
  letter.urgent = is_urgent(letter.event);
  set_replay(letter.event, replay_id);
  const bool is_next =
      !front || (letter.urgent && !front->urgent) ||
      (letter.urgent == front->urgent && letter.event.offset < front->event.offset);
  if (is_next && !state->holds(letter)) {
    state->attempts = 0;
    state->due_ms = now_ms;
  }
  if (is_next && !state->parked) {
    state->front.clear();
    state->error.clear();
    state->status = 0;
  }
  // It may have ended in this very transaction.
  std::erase_if(changes_.letters_settled, [&letter](const Letter& settled) {
    return settled.event.offset == letter.event.offset &&
           settled.event.partition == letter.event.partition;
  });
  log::StoredRecord place;
  place.partition = letter.event.partition;
  place.key = account;
  put_letter(std::move(letter));
  put_lane(place, *state);
  return true;
}

bool Lanes::unpark(std::string_view account, LaneState& state,
                   const std::function<bool(const Letter&)>& wanted, std::string_view replay_id,
                   ReplayedBy by) {
  auto at = parked_letter(account, state);
  if (!at || !wanted(*at)) return false;
  state.unpark();
  // `front` promises that nothing was sent since: true only while the attempts are its own.
  const auto front = store_.front(account);
  if (state.attempts == 0 || !front || front->id() != state.front) state.front.clear();
  at->replays = replays_of(*at, by);
  set_replay(at->event, replay_id);
  put_letter(*std::move(at));
  return true;
}

// An ordinary lane that gets letters: what it has in memory stands behind them. An attempt that is
// under way becomes a letter when it fails.
LaneState Lanes::leave_memory(const std::string& account, std::int64_t now_ms) {
  if (const auto found = lanes_.find(account); found != lanes_.end()) {
    spill(found->second, now_ms);
    if (found->second.ticket == 0) lanes_.erase(found);
  }
  return {.since_ms = now_ms};
}

// The letter that the lane is parked at. Urgent ones may go before it.
std::optional<Letter> Lanes::parked_letter(std::string_view account, const LaneState& state) {
  auto front = store_.front(account);
  if (!front || front->id() == state.front) return front;
  std::optional<Letter> parked;
  walk_backwards(store_, account, behind_all_letters, [&](Letter& letter) {
    if (letter.id() == state.front) parked = std::move(letter);
    return !parked;
  });
  return parked;
}

}  // namespace wakestream::deliver
