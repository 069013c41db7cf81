// Whose turn it is.
#include <algorithm>
#include <limits>
#include <utility>

#include "roles/deliver/lanes.h"
#include "roles/deliver/sequence.h"

namespace wakestream::deliver {

namespace {

constexpr std::int64_t catch_up_pause_ms = 10;

}  // namespace

// Ordinary lanes and those that wait have half of what is under way each, where both have
// something to do: so lanes that fail slowly hold up no other one.
std::vector<Try> Lanes::start(std::size_t room, std::int64_t now_ms) {
  std::vector<Try> tries;
  if (paused_) return tries;
  const auto count_max = std::min(room, pace_.leave(flights_.size(), now_ms));
  std::vector<std::string> waiting;  // the longest due last
  bool all_asked = false;
  while (tries.size() < count_max) {
    if (waiting.empty() && !all_asked) {
      waiting = due(now_ms, count_max - tries.size());
      std::ranges::reverse(waiting);
      all_asked = true;
    }
    drop_stale_ready();
    if (waiting.empty() && ready_.empty()) break;

    const auto from_memory = flights_.size() - letter_flights_;
    const bool letters =
        ready_.empty() ||
        (!waiting.empty() &&
         (letter_flights_ == from_memory ? letters_turn_ : letter_flights_ < from_memory));
    letters_turn_ = !letters;
    if (letters) {
      const auto account = std::move(waiting.back());
      waiting.pop_back();
      start_from_letters(account, tries, now_ms);
    } else {
      const auto account = std::move(ready_.front());
      ready_.pop_front();
      start_from_memory(account, tries, now_ms);
    }
  }
  return tries;
}

void Lanes::drop_stale_ready() {
  while (!ready_.empty()) {
    const auto found = lanes_.find(ready_.front());
    if (found != lanes_.end() && found->second.ready) return;
    ready_.pop_front();
  }
}

// Lanes at rest that may be tried, the longest due first.
std::vector<std::string> Lanes::due(std::int64_t now_ms, std::size_t count_max) {
  if (now_ms < due_from_ms_) return {};
  // Those that cannot start yet must not stand before all others.
  const std::size_t cannot_start = all_caught_up() ? 0 : letters_at_once;
  auto accounts = store_.due(now_ms, count_max + flights_.size() + cannot_start);
  std::erase_if(accounts, [this](const std::string& account) {
    const auto found = lanes_.find(account);
    return found != lanes_.end() && found->second.ticket != 0;
  });
  if (accounts.empty()) find_next_due();
  return accounts;
}

void Lanes::find_next_due() {
  constexpr auto never = std::numeric_limits<std::int64_t>::max();
  due_from_ms_ = never;
  for (const auto& account : store_.due(never, flights_.size() + 1)) {
    const auto found = lanes_.find(account);
    if (found != lanes_.end() && found->second.ticket != 0) continue;
    if (const auto state = store_.lane(account)) due_from_ms_ = state->due_ms;
    return;
  }
}

void Lanes::start_from_memory(const std::string& account, std::vector<Try>& tries,
                              std::int64_t now_ms) {
  auto& lane = lanes_.at(account);
  lane.ready = false;
  const auto next = lane.queue.front();
  const bool overtakes = std::ranges::any_of(lane.queue, [&next](const Queued& queued) {
    return queued.event->offset < next.event->offset;
  });
  if (overtakes) {
    // From here on what it overtakes needs a sequence behind this one's, also after a crash. So
    // what was sent last is put on record, and the lane lives by its letters.
    spill(lane, now_ms);
    put_lane(*next.event, {.due_ms = now_ms, .since_ms = now_ms});
    lanes_.erase(account);
    start_from_letters(account, tries, now_ms);
    return;
  }
  lane.queue.pop_front();
  // A dead letter of this lane that is replayed goes behind what was sent: the highest sequence
  // that was read must be on record before this one leaves.
  if (store_.sums().letters_dead > 0) changes_.partitions.insert(next.event->partition);
  tries.push_back(begin({.event = next.event,
                         .urgent = next.urgent,
                         .sequence = std::string(own_sequence(*next.event))},
                        lane, now_ms));
}

void Lanes::start_from_letters(const std::string& account, std::vector<Try>& tries,
                               std::int64_t now_ms) {
  auto letter = store_.front(account);
  auto state = store_.lane(account);
  if (!letter || !state || (state->parked && !letter->urgent)) return;
  if (!caught_up(letter->event)) return;

  // In a parked lane `front` and what is said of it stay those of the one it is parked at, and
  // `attempts` are the urgent one's.
  const bool again = state->parked ? state->attempts > 0 : state->front == letter->id();
  const auto before = *state;
  if (!again || state->sequence.empty()) {
    auto& progress = progress_of(letter->event);
    state->sequence =
        sequence_behind(state->sequence, own_sequence(letter->event), progress.sequence());
    // Also when this lane is ordinary again nothing goes out with it, or a lower one.
    if (state->sequence > progress.sequence()) {
      progress.saw(state->sequence);
      changes_.partitions.insert(letter->event.partition);
    }
  }
  if (!again && !state->parked) {
    state->front = letter->id();
    state->attempts = 0;
    state->error.clear();
    state->status = 0;
  }
  Flight flight{.urgent = letter->urgent,
                .letter_since_ms = letter->since_ms,
                .sequence = state->sequence,
                .attempt = state->attempts + 1};
  flight.event = std::make_shared<const log::StoredRecord>(std::move(letter->event));
  const auto event = flight.event;
  auto& lane = lanes_[account];
  lane.ordinary = false;
  tries.push_back(begin(std::move(flight), lane, now_ms));
  if (*state != before) put_lane(*event, *state);
}

Try Lanes::begin(Flight flight, Lane& lane, std::int64_t now_ms) {
  pace_.began(now_ms);
  lane.ticket = ++last_ticket_;
  if (flight.letter_since_ms) ++letter_flights_;
  Try next{lane.ticket, flight.event, flight.sequence, flight.attempt};
  flights_.emplace(lane.ticket, std::move(flight));
  return next;
}

std::optional<std::int64_t> Lanes::next_start_ms(std::int64_t now_ms) {
  if (paused_) return std::nullopt;
  drop_stale_ready();
  if (ready_.empty() && due_from_ms_ <= now_ms) find_next_due();
  constexpr auto never = std::numeric_limits<std::int64_t>::max();
  auto at = ready_.empty() ? std::max(due_from_ms_, now_ms) : now_ms;
  if (at == never) return std::nullopt;
  // What cannot start yet is not due at once: reading comes first.
  if (ready_.empty() && !all_caught_up()) at = std::max(at, now_ms + catch_up_pause_ms);
  if (pace_.leave(flights_.size(), now_ms) > 0) return at;
  const auto leave = pace_.next_ms(now_ms);
  if (!leave) return std::nullopt;
  return std::max(at, *leave);
}

}  // namespace wakestream::deliver
