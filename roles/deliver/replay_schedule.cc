#include "roles/deliver/replay_schedule.h"

#include <fmt/format.h>

#include "roles/deliver/letter_choice.h"

namespace wakestream::deliver {

namespace {

using capture::action::Level;

constexpr std::size_t accounts_a_part = 200;
constexpr std::size_t bytes_at_once = std::size_t{1} << 20U;
constexpr std::size_t probes_max = 3;
constexpr std::int64_t judge_pause_ms = 1'000;

bool is_among(const std::set<std::string, std::less<>>& chosen, std::string_view name) {
  return chosen.empty() || chosen.contains(name);
}

}  // namespace

ReplaySchedule::ReplaySchedule(ReplaySettings settings, const ConsumerState::Schedule& recorded,
                               std::int64_t now_ms)
    : settings_(std::move(settings)), state_(recorded) {
  if (state_.line != settings_.when.text()) {
    state_ = {.line = settings_.when.text(), .up_to_ms = now_ms, .probes = {}};
    news_.moved_on = true;
  }
  if (state_.moving) phase_ = Phase::moving;
  next_ms_ = settings_.when.next_ms(state_.up_to_ms);
}

void ReplaySchedule::step(Lanes& lanes, LaneStore& store, FailureWatch& watch,
                          std::int64_t now_ms) {
  switch (phase_) {
    case Phase::resting:
      if (!lanes.paused()) rest(store, watch, now_ms);
      break;
    case Phase::looking:
      if (watch.passes() == looked_from_) break;
      phase_ = Phase::resting;
      if (!lanes.paused()) decide(watch, now_ms);
      break;
    case Phase::moving:
      move(lanes, store, now_ms);
      break;
  }
}

void ReplaySchedule::rest(LaneStore& store, FailureWatch& watch, std::int64_t now_ms) {
  if (!state_.probes.empty()) {
    judge_probes(store, now_ms);
    return;
  }
  if (now_ms < next_ms_) return;
  if (const auto sums = store.sums(); sums.lanes_parked + sums.letters_dead == 0) {
    take_up(now_ms);
    return;
  }
  phase_ = Phase::looking;
  looked_from_ = watch.passes();
  watch.look_again();
}

void ReplaySchedule::decide(const FailureWatch& watch, std::int64_t now_ms) {
  if (watch.replaying() == 0) {
    begin_move(watch.consumer_side_errors());
    return;
  }
  take_up(now_ms);
  say(Level::info, "replay_passed_over",
      "what the schedule had tried again earlier is still under way: this time is passed over",
      {{"lanes", std::to_string(watch.replaying())}});
}

void ReplaySchedule::judge_probes(LaneStore& store, std::int64_t now_ms) {
  if (now_ms - judged_at_ms_ < judge_pause_ms) return;
  judged_at_ms_ = now_ms;
  std::size_t failed = 0;
  for (const auto& probe : state_.probes) {
    const auto how = fared(store, probe);
    if (how == Fared::through) {
      begin_move({});
      return;
    }
    if (how == Fared::failed) ++failed;
  }
  if (failed < state_.probes.size()) return;
  state_.probes.clear();
  take_up(now_ms);
  say(Level::warning, "replay_held_back",
      "the lanes that were tried first have failed again: the others wait for the schedule's next "
      "time",
      {{"lanes", std::to_string(failed)}});
}

// One that is not there any more was taken, or policy ended it.
auto ReplaySchedule::fared(LaneStore& store, const LetterName& probe) -> Fared {
  const auto found = store.letters_before(probe.account, probe.offset + 1, 1);
  if (found.empty() || found.front().event.offset != probe.offset) return Fared::through;
  const auto& letter = found.front();
  if (letter.state == LetterState::dead) return Fared::failed;
  // Where the lane is parked at one before it it has no turn.
  const auto lane = store.lane(probe.account);
  return lane && lane->holds(letter) ? Fared::failed : Fared::unknown;
}

bool ReplaySchedule::Move::has_probes() const { return is_probe() && probes.size() >= probes_max; }

void ReplaySchedule::begin_move(std::set<std::string> errors) {
  phase_ = Phase::moving;
  move_ = {.errors = std::move(errors)};
}

void ReplaySchedule::move(Lanes& lanes, LaneStore& store, std::int64_t now_ms) {
  move_.bytes = 0;
  if (move_.id.empty()) move_.id = fmt::format("schedule-{}", now_ms);
  const auto accounts = store.accounts_after(move_.after, accounts_a_part);
  bool goes_on = accounts.size() == accounts_a_part;
  for (const auto& account : accounts) {
    goes_on = goes_on || move_.bytes >= bytes_at_once;
    if (move_.has_probes() || move_.bytes >= bytes_at_once) break;
    move_account(account, lanes, store, now_ms);
    move_.after = account;
  }
  if (!goes_on || move_.has_probes()) {
    end_move(now_ms);
  } else if (!move_.is_probe() && !std::exchange(state_.moving, true)) {
    news_.moved_on = true;
  }
}

// Most of what waits can be told from its first letter, and need not be gone through.
void ReplaySchedule::move_account(const std::string& account, Lanes& lanes, LaneStore& store,
                                  std::int64_t now_ms) {
  const auto lane = store.lane(account);
  if (store.sums().letters_dead == 0) {
    if (!lane || !lane->parked) return;
    const auto front = store.front(account);
    if (front && front->id() == lane->front && !wants(*front, lane)) return;
  }
  const auto wanted = [&](const Letter& letter) {
    if (!wants(letter, lane)) return false;
    if (move_.is_probe()) move_.probes.push_back({account, letter.event.offset});
    move_.bytes += letter.event.value.size();
    return true;
  };
  move_.moved += static_cast<std::int64_t>(
      lanes.replay(account, wanted, move_.id, now_ms, ReplayedBy::schedule));
}

bool ReplaySchedule::wants(const Letter& letter, const std::optional<LaneState>& lane) {
  const auto& error = error_of(letter, lane);
  if (!is_among(settings_.types, letter.type()) || !is_among(settings_.errors, error)) return false;
  if (letter.replays >= settings_.times_max) {
    ++move_.left;
    return false;
  }
  return !move_.is_probe() || (!move_.has_probes() && move_.errors.contains(error));
}

void ReplaySchedule::end_move(std::int64_t now_ms) {
  phase_ = Phase::resting;
  if (move_.is_probe() && move_.probes.empty()) {
    // Nothing with that error is its own to try again: the others need not wait for it.
    begin_move({});
    return;
  }
  if (!move_.is_probe()) tell_of_left(move_.left);
  state_.moving = false;
  state_.probes = std::move(move_.probes);
  take_up(now_ms);
  if (move_.moved == 0) return;
  Decision ended;
  ended.id = move_.id;
  ended.command = Command::replay;
  ended.who = "schedule";
  ended.why = state_.line + (move_.is_probe() ? " (probe)" : "");
  ended.moved = move_.moved;
  news_.ended = std::move(ended);
  say(Level::info, "replayed_by_schedule", "what was given up is tried again, as its schedule says",
      {{"letters", std::to_string(move_.moved)}, {"probe", move_.is_probe() ? "true" : "false"}});
}

// Its times up to now.
void ReplaySchedule::take_up(std::int64_t now_ms) {
  state_.up_to_ms = now_ms;
  next_ms_ = settings_.when.next_ms(now_ms);
  news_.moved_on = true;
}

// Once, and again when there are more.
void ReplaySchedule::tell_of_left(std::uint64_t left) {
  if (left > std::exchange(told_left_, left))
    say(Level::warning, "left_for_a_person",
        "the schedule has had these tried again as often as it may: a person must look at them "
        "(wakestream dlq show)",
        {{"letters", std::to_string(left)}});
}

void ReplaySchedule::say(Level level, std::string event, std::string message,
                         std::vector<std::pair<std::string, std::string>> fields) {
  news_.said.push_back({level, std::move(event), std::move(message), std::move(fields)});
}

}  // namespace wakestream::deliver
