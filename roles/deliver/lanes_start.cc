// Whose turn it is.
#include <algorithm>
#include <limits>
#include <utility>

#include "roles/deliver/lanes.h"
#include "roles/deliver/sequence.h"

namespace wakestream::deliver {

namespace {

constexpr std::int64_t catch_up_pause_ms = 10;
// Lanes that cannot start yet, which are looked past for those that can.
constexpr std::size_t lanes_looked_past = 1'000;
constexpr auto never = std::numeric_limits<std::int64_t>::max();

}  // namespace

// Of one turn: accounts that are to start from their letters, the longest due last.
struct Lanes::Waiting {
  std::vector<std::string> accounts;
  bool asked = false;
};

// Live lanes and bulk ones share what may start (bulk_share.h).
std::vector<Try> Lanes::start(std::size_t room, std::int64_t now_ms) {
  std::vector<Try> tries;
  if (paused_) return tries;
  const auto count_max = std::min(room, pace_.leave(flights_.size(), now_ms));
  Waiting live;
  Waiting bulk;
  while (tries.size() < count_max) {
    const auto left = count_max - tries.size();
    const bool live_waits = waits(live, Turn::live, left, now_ms);
    if (share_.leave(turn_flights_[static_cast<std::size_t>(Turn::bulk)], pace_.at_once(),
                     live_waits, now_ms) &&
        waits(bulk, Turn::bulk, left, now_ms))
      start_one(bulk, Turn::bulk, tries, now_ms);
    else if (live_waits)
      start_one(live, Turn::live, tries, now_ms);
    else
      break;
  }
  return tries;
}

bool Lanes::waits(Waiting& waiting, Turn turn, std::size_t count_max, std::int64_t now_ms) {
  if (waiting.accounts.empty() && !std::exchange(waiting.asked, true)) {
    waiting.accounts = due(turn, now_ms, count_max);
    std::ranges::reverse(waiting.accounts);
  }
  drop_stale_ready(turn);
  return !waiting.accounts.empty() || !ready(turn).empty();
}

void Lanes::start_one(Waiting& waiting, Turn turn, std::vector<Try>& tries, std::int64_t now_ms) {
  if (next_is_letter(waiting, turn)) {
    const auto account = std::move(waiting.accounts.back());
    waiting.accounts.pop_back();
    start_from_letters(account, tries, now_ms);
  } else {
    const auto account = std::move(ready(turn).front());
    ready(turn).pop_front();
    start_from_memory(account, tries, now_ms);
  }
}

// Ordinary lanes and those that wait have half of what is under way each, where both have
// something to do: so lanes that fail slowly hold up no other one.
bool Lanes::next_is_letter(const Waiting& waiting, Turn turn) {
  const auto at = static_cast<std::size_t>(turn);
  const auto from_letters = letter_flights_[at];
  const auto from_memory = turn_flights_[at] - from_letters;
  const bool letters =
      ready(turn).empty() ||
      (!waiting.accounts.empty() &&
       (from_letters == from_memory ? letters_turn_[at] : from_letters < from_memory));
  letters_turn_[at] = !letters;
  return letters;
}

void Lanes::drop_stale_ready(Turn turn) {
  auto& accounts = ready(turn);
  while (!accounts.empty()) {
    const auto found = lanes_.find(accounts.front());
    if (found != lanes_.end() && found->second.ready == turn) return;
    accounts.pop_front();
  }
}

// Whichever turn it is.
void Lanes::note_due(std::int64_t due_ms) {
  for (auto& from_ms : due_from_ms_) from_ms = std::min(from_ms, due_ms);
}

// Lanes at rest that may be tried, the longest due first.
std::vector<std::string> Lanes::due(Turn turn, std::int64_t now_ms, std::size_t count_max) {
  if (now_ms < due_from_ms(turn)) return {};
  // Those that cannot start yet must not stand before all others.
  const std::size_t cannot_start = all_caught_up() ? 0 : lanes_looked_past;
  auto accounts = store_.due(turn, now_ms, count_max + flights_.size() + cannot_start);
  std::erase_if(accounts, [this](const std::string& account) {
    const auto found = lanes_.find(account);
    return found != lanes_.end() && found->second.ticket != 0;
  });
  if (accounts.empty()) find_next_due(turn);
  return accounts;
}

void Lanes::find_next_due(Turn turn) {
  due_from_ms(turn) = never;
  for (const auto& account : store_.due(turn, never, flights_.size() + 1)) {
    const auto found = lanes_.find(account);
    if (found != lanes_.end() && found->second.ticket != 0) continue;
    if (const auto state = store_.lane(account)) due_from_ms(turn) = state->due_ms;
    return;
  }
}

void Lanes::start_from_memory(const std::string& account, std::vector<Try>& tries,
                              std::int64_t now_ms) {
  auto& lane = lanes_.at(account);
  lane.ready.reset();
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
                         .bulk = next.bulk,
                         .sequence = std::string(own_sequence(*next.event))},
                        lane, now_ms));
}

void Lanes::start_from_letters(const std::string& account, std::vector<Try>& tries,
                               std::int64_t now_ms) {
  auto letter = store_.front(account);
  auto state = store_.lane(account);
  if (!letter || !state || state->holds(*letter)) return;
  if (!caught_up(letter->event)) return;
  if (treated_as(BulkTreatment::mute, letter->event)) {  // it was not when it was read
    const auto muted = std::make_shared<const log::StoredRecord>(std::move(letter->event));
    settle(*muted);
    mute(muted);
    next_letter(*muted, *std::move(state), now_ms);
    return;
  }

  // In a parked lane `front` and what is said of it stay those of the one it is parked at, and
  // `attempts` are those of whatever goes before that one.
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
                .bulk = treated_as(BulkTreatment::slow, letter->event),
                .letter_since_ms = letter->since_ms,
                .sequence = state->sequence,
                .attempt = state->attempts + 1,
                .replays = letter->replays};
  flight.event = std::make_shared<const log::StoredRecord>(std::move(letter->event));
  const auto event = flight.event;
  auto& lane = lanes_[account];
  lane.ordinary = false;
  tries.push_back(begin(std::move(flight), lane, now_ms));
  if (*state != before) put_lane(*event, *state);
}

Try Lanes::begin(Flight flight, Lane& lane, std::int64_t now_ms) {
  pace_.began(now_ms);
  if (flight.bulk)
    share_.began(now_ms);
  else
    share_.live_began();
  lane.ticket = ++last_ticket_;
  const auto turn = static_cast<std::size_t>(flight.bulk ? Turn::bulk : Turn::live);
  ++turn_flights_[turn];
  if (flight.letter_since_ms) ++letter_flights_[turn];
  Try next{lane.ticket, flight.event, flight.sequence, flight.attempt};
  flights_.emplace(lane.ticket, std::move(flight));
  return next;
}

std::optional<std::int64_t> Lanes::next_start_ms(std::int64_t now_ms) {
  if (paused_) return std::nullopt;
  const auto live = next_of(Turn::live, now_ms);
  const auto bulk = next_of(Turn::bulk, now_ms);
  if (!live && !bulk) return std::nullopt;
  const auto at = std::min(live.value_or(never), bulk.value_or(never));
  if (pace_.leave(flights_.size(), now_ms) > 0) return at;
  const auto leave = pace_.next_ms(now_ms);
  if (!leave) return std::nullopt;
  return std::max(at, *leave);
}

std::optional<std::int64_t> Lanes::next_of(Turn turn, std::int64_t now_ms) {
  drop_stale_ready(turn);
  const bool none_ready = ready(turn).empty();
  if (none_ready && due_from_ms(turn) <= now_ms) find_next_due(turn);
  auto at = none_ready ? std::max(due_from_ms(turn), now_ms) : now_ms;
  if (at == never) return std::nullopt;
  // What cannot start yet is not due at once: reading comes first.
  if (none_ready && !all_caught_up()) at = std::max(at, now_ms + catch_up_pause_ms);
  if (turn == Turn::live) return at;
  const auto share =
      share_.next_ms(turn_flights_[static_cast<std::size_t>(Turn::bulk)], pace_.at_once(), now_ms);
  if (!share) return std::nullopt;
  return std::max(at, *share);
}

}  // namespace wakestream::deliver
