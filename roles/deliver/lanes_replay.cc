// What a person asks to be tried again.
#include <algorithm>
#include <utility>

#include "roles/deliver/lanes.h"

namespace wakestream::deliver {

std::size_t Lanes::replay(std::string_view account,
                          const std::function<bool(const Letter&)>& wanted, std::int64_t now_ms) {
  const auto last = store_.letters_before(account, behind_all, 1);
  if (last.empty()) return 0;
  const auto& place = last.front().event;  // account and partition
  auto state = store_.lane(account);
  const bool unparked = state && state->parked && unpark(account, *state, wanted);
  const bool parked = state && state->parked;

  std::size_t revived = 0;
  auto before = behind_all;
  for (;;) {
    auto letters = store_.letters_before(account, before, letters_at_once);
    if (letters.empty()) break;
    before = letters.front().event.offset;
    for (auto& letter : letters) {
      const bool urgent = settings_.urgent && settings_.urgent(letter.event);
      if (letter.state == LetterState::dead && wanted(letter)) {
        letter.state = LetterState::waiting;
        letter.error.clear();
        letter.status = 0;
        // It stands before what the lane is parked at, and need not wait for that.
        letter.urgent = urgent || parked;
        ++revived;
        put_letter(std::move(letter));
      } else if (letter.state == LetterState::waiting && !parked && letter.urgent != urgent &&
                 (unparked || letter.urgent)) {
        // What went before the parked one stands in order again; what was parked is as urgent as
        // it was.
        letter.urgent = urgent;
        put_letter(std::move(letter));
      }
    }
  }
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

bool Lanes::unpark(std::string_view account, LaneState& state,
                   const std::function<bool(const Letter&)>& wanted) {
  const auto at = parked_letter(account, state);
  if (!at || !wanted(*at)) return false;
  state.parked = false;
  // `front` promises that nothing was sent since: true only while the attempts are its own.
  const auto front = store_.front(account);
  if (state.attempts == 0 || !front || front->id() != state.front) state.front.clear();
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
  auto before = behind_all;
  for (;;) {
    auto letters = store_.letters_before(account, before, letters_at_once);
    if (letters.empty()) return std::nullopt;
    before = letters.front().event.offset;
    const auto found = std::ranges::find(letters, state.front, &Letter::id);
    if (found != letters.end()) return std::move(*found);
  }
}

}  // namespace wakestream::deliver
