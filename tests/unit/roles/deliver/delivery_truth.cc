#include "tests/unit/roles/deliver/delivery_truth.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace wakestream::deliver {

namespace {

bool is_final(Fate fate) {
  return fate == Fate::delivered || fate == Fate::withheld || fate == Fate::erased ||
         fate == Fate::superseded || fate == Fate::muted;
}

}  // namespace

DeliveryTruth::DeliveryTruth(const std::vector<TrueEvent>& events) {
  for (const auto& event : events) {
    events_.emplace(event.id, event);
    if (!event.subscribed) continue;
    lanes_[event.account].push_back(event.id);
    states_.emplace(event.id, State::open);
  }
}

void DeliveryTruth::problem(std::string what) {
  if (problems_.size() < 10) problems_.push_back(std::move(what));
}

void DeliveryTruth::sent(const std::string& id, const std::string& sequence) {
  const auto& event = events_.at(id);
  if (!event.subscribed) problem(fmt::format("{} was sent, and nobody subscribed to it", id));
  for (const auto& other : under_way_)
    if (events_.at(other).account == event.account)
      problem(fmt::format("{} was sent while {} of its lane is under way", id, other));
  if (states_.at(id) == State::final)
    problem(fmt::format("{} was sent again, and its end is on record", id));
  if (states_.at(id) == State::dead)
    problem(fmt::format("{} was sent, and it is a dead letter that nobody replayed", id));
  if (event.offset < erased_below_[event.account])
    problem(fmt::format("{} was sent, and the account was deleted behind it", id));
  if (mutes_bulk_[event.partition] && event.bulk && !event.urgent)
    problem(fmt::format("{} was sent, and it is muted", id));
  check_order(event);
  check_sequence(event, sequence);
  under_way_.insert(id);
  ++attempts_;
  if (!sent_.insert(id).second) ++repeats_;
}

// All events before it have ended. One that is urgent may go before those that are not.
void DeliveryTruth::check_order(const TrueEvent& event) {
  for (const auto& other : lanes_.at(event.account)) {
    if (other == event.id) return;
    const auto state = states_.at(other);
    if (state == State::final || state == State::dead) continue;
    if (event.urgent && (!events_.at(other).urgent || state == State::parked)) {
      ++overtakings_;
      continue;
    }
    problem(fmt::format("{} was sent before {}", event.id, other));
  }
}

void DeliveryTruth::check_sequence(const TrueEvent& event, const std::string& sequence) {
  auto& last = last_[event.account];
  if (event.id != last.id && sequence <= last.sequence)
    problem(fmt::format("{} was sent with {}, behind {} with {}", event.id, sequence, last.id,
                        last.sequence));
  if (event.id == last.id && sequence < last.sequence)
    problem(fmt::format("{} was sent again with {}, which is lower than {}", event.id, sequence,
                        last.sequence));
  // What is tried in a parked lane may get another one after an attempt that did not count.
  const bool parked = std::ranges::any_of(
      lanes_.at(event.account), [this](const auto& id) { return states_.at(id) == State::parked; });
  if (event.id == last.id && sequence != last.sequence && !parked &&
      !disturbed_.contains(event.account))
    problem(fmt::format("{} was sent again with {} in place of {}, and nothing was sent between",
                        event.id, sequence, last.sequence));
  last = {event.id, sequence};
  disturbed_.erase(event.account);
}

void DeliveryTruth::sent_again(const std::string& id) {
  const auto& event = events_.at(id);
  disturbed_.insert(event.account);
  again_.insert(id);
  ++sent_again_count_;
}

void DeliveryTruth::ended(const std::function<bool(std::int32_t)>& had) {
  const auto was_his = [&](const std::string& id) { return had(events_.at(id).partition); };
  std::erase_if(under_way_, was_his);
  std::erase_if(again_, was_his);
}

void DeliveryTruth::attempt_ended(const std::string& id) { under_way_.erase(id); }

void DeliveryTruth::committed(const Changes& changes) {
  for (const auto& ended : changes.ended) {
    const auto id = std::string(log::header_of(*ended.event, "ce_id"));
    const auto& event = events_.at(id);
    auto& state = states_.at(id);
    ++fates_[ended.fate];
    if (state == State::final && again_.erase(id) == 0)
      problem(fmt::format("{} is {}, and it had ended before", id, to_string(ended.fate)));
    if (ended.fate == Fate::delivered && !taken_.contains(id))
      problem(fmt::format("{} is delivered on record, and the receiver never took it", id));
    if (ended.fate == Fate::muted && (!mutes_bulk_[event.partition] || !event.bulk || event.urgent))
      problem(fmt::format("{} is muted, and nobody wanted that", id));
    if (ended.fate == Fate::parked) state = State::parked;
    if (ended.fate == Fate::skipped) state = State::dead;
    if (ended.fate == Fate::erased && event.offset >= erased_below_[event.account])
      problem(fmt::format("{} is erased without a deletion behind it", id));
    if (!is_final(ended.fate)) continue;
    state = State::final;
    if (ended.fate != Fate::delivered) disturbed_.insert(event.account);
    if (event.erasing && ended.fate != Fate::superseded && ended.fate != Fate::erased)
      erased_below_[event.account] = std::max(erased_below_[event.account], event.offset);
  }
  std::map<std::string, LetterState> letters;
  for (const auto& letter : changes.letters)
    letters.insert_or_assign(std::string(letter.id()), letter.state);
  for (const auto& [id, letter] : letters) {
    if (letter != LetterState::waiting) continue;
    if (states_.at(id) == State::dead) states_.at(id) = State::open;
    if (states_.at(id) == State::final && again_.erase(id) > 0) states_.at(id) = State::open;
  }
}

std::size_t DeliveryTruth::count(Fate fate) const {
  const auto found = fates_.find(fate);
  return found == fates_.end() ? 0 : found->second;
}

}  // namespace wakestream::deliver
