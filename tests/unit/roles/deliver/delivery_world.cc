#include "tests/unit/roles/deliver/delivery_world.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "roles/deliver/lane_record.h"

namespace wakestream::deliver {

namespace {

constexpr auto deletion = "customer.deletion_requested";
constexpr auto consent = "customer.consent_changed";

bool is_urgent(const log::StoredRecord& event) {
  const auto type = log::header_of(event, "ce_type");
  return type == deletion || type == consent;
}

}  // namespace

DeliveryWorld::DeliveryWorld(std::uint64_t seed, MakeStore make_store, Fault fault)
    : random_(seed),
      make_store_(std::move(make_store)),
      fault_(fault),
      partition_count_(1 + up_to(3)),
      events_(make_events()),
      settings_(make_settings()),
      truth_(events_) {
  recorded_.progress.assign(static_cast<std::size_t>(partition_count_), Progress().encode());
  divide(1 + up_to(partition_count_ - 1));
}

std::vector<TrueEvent> DeliveryWorld::make_events() {
  static constexpr std::array types = {"customer.email_changed",  "customer.email_changed",
                                       "customer.tier_changed",   "customer.tier_changed",
                                       "customer.phone_changed",  "customer.phone_changed",
                                       "customer.address_changed"};
  std::vector<TrueEvent> events;
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(partition_count_));
  const auto accounts = 1 + up_to(6);
  const auto count = 30 + up_to(90);
  const auto bulk_one_in = 1 + up_to(5);
  for (int number = 0; number < count; ++number) {
    TrueEvent event;
    const auto account = up_to(accounts - 1);
    event.account = fmt::format("account {}", account);
    event.partition = account % partition_count_;
    auto& offset = offsets[static_cast<std::size_t>(event.partition)];
    event.offset = offset += 1 + (one_in(5) ? up_to(2) : 0);  // transactions leave gaps
    event.type = types[static_cast<std::size_t>(up_to(types.size() - 1))];
    if (one_in(8)) event.type = consent;
    if (one_in(25)) event.type = deletion;
    event.urgent = event.type == deletion || event.type == consent;
    event.erasing = event.type == deletion;
    event.subscribed = !one_in(10);
    event.bulk = one_in(bulk_one_in);
    event.sequence = fmt::format("{:06}", number);
    // What is said late has an id that is older than its sequence.
    event.id = one_in(10) ? fmt::format("000000-late-{}", number) : event.sequence;
    events.push_back(std::move(event));
  }
  return events;
}

LaneSettings DeliveryWorld::make_settings() {
  LaneSettings settings;
  settings.attempts_max = static_cast<std::uint32_t>(1 + up_to(3));
  settings.pause_ms_min = 10;
  settings.pause_ms_max = 200;
  settings.exhausted = {{"customer.tier_changed", WhenExhausted::supersede},
                        {"customer.phone_changed", WhenExhausted::skip}};
  for (const auto* type : {consent, deletion})
    settings.exhausted.emplace(type, static_cast<WhenExhausted>(up_to(2)));
  settings.urgent = is_urgent;
  settings.window_events_max = static_cast<std::size_t>(2 + up_to(30));
  settings.seed = random_();
  settings.pace.at_once_max = static_cast<std::size_t>(1 + up_to(8));
  settings.pace.rate_per_s = one_in(4) ? 100 : 0;
  settings.pace.breaker_failures = static_cast<std::size_t>(2 + up_to(20));
  settings.pace.breaker_lanes = static_cast<std::size_t>(1 + up_to(4));
  settings.pace.breaker_pause_ms_min = 20;
  settings.pace.breaker_pause_ms_max = 100;
  settings.pace.throttle_pause_ms = 30;
  return settings;
}

log::StoredRecord DeliveryWorld::record_of(const TrueEvent& event) {
  log::StoredRecord record;
  record.partition = event.partition;
  record.offset = event.offset;
  record.key = event.account;
  record.value = fmt::format(R"({{"of":"{}"}})", event.id);
  record.headers = {{"ce_id", event.id}, {"ce_type", event.type}, {"ce_sequence", event.sequence}};
  if (event.bulk)
    record.headers.emplace_back(event.offset % 2 == 0 ? "ce_bulk" : "ce_snapshot", "1");
  return record;
}

void DeliveryWorld::read(Owner& owner) {
  for (int count = up_to(10); count > 0 && owner.lanes->has_room(); --count) {
    const auto partition = up_to(partition_count_ - 1);
    if (!owner.share.has(partition)) continue;
    auto& position = owner.positions[static_cast<std::size_t>(partition)];
    while (position < events_.size() && events_[position].partition != partition) ++position;
    if (position == events_.size()) continue;
    const auto& event = events_[position++];
    if (event.subscribed)
      owner.lanes->read(record_of(event), now_ms_);
    else
      owner.lanes->pass_over(record_of(event));
  }
  if (owner.lanes->in_memory() > owner.settings.window_events_max)
    truth_.problem("memory holds more than the window");
  if (owner.lanes->bulk_in_memory() > owner.lanes->in_memory())
    truth_.problem("memory holds more bulk events than events");
}

void DeliveryWorld::replay(Owner& owner, const std::string& account) {
  const auto type = one_in(2) ? events_[static_cast<std::size_t>(up_to(20))].type : std::string();
  const auto moved = owner.lanes->replay(
      account, [&](const Letter& letter) { return calm_ || type.empty() || letter.type() == type; },
      "replay 1", now_ms_);
  if (moved > 0) truth_.replayed(account);
}

void DeliveryWorld::send_again(Owner& owner, const TrueEvent& event) {
  if (event.subscribed && owner.share.has(event.partition) &&
      owner.lanes->send_again(record_of(event), "replay 2", now_ms_))
    truth_.sent_again(event.id);
}

void DeliveryWorld::meddle(Owner& owner) {
  if (one_in(15)) mood_ = up_to(4);
  if (one_in(20))
    for (const auto& account : owner.store->accounts_after("", 100))
      if (one_in(2)) replay(owner, account);
  if (one_in(10))
    send_again(owner,
               events_[static_cast<std::size_t>(up_to(static_cast<int>(events_.size()) - 1))]);
  if (one_in(40)) owner.lanes->set_paused(true);
  if (owner.lanes->paused() && one_in(4)) owner.lanes->set_paused(false);
  if (one_in(3)) now_ms_ += up_to(200);
}

std::vector<Try> DeliveryWorld::consider(Owner& owner) {
  std::vector<Try> going;
  const auto room = static_cast<std::size_t>(1 + up_to(6));
  while (going.size() < room) {
    auto tries = owner.lanes->start(room - going.size(), now_ms_);
    if (tries.empty()) break;
    for (auto& next : tries) {
      if (!calm_ && one_in(20))
        owner.lanes->withheld(next.ticket, now_ms_);
      else
        going.push_back(std::move(next));
    }
  }
  return going;
}

void DeliveryWorld::commit(Owner& owner) {
  const auto changes = owner.lanes->take_changes();
  if (const auto failure = owner.store->take_failure(); !failure.empty()) truth_.problem(failure);
  for (const auto& letter : changes.letters) {
    ++letters_written_;
    if (fault_ == Fault::letter_lost && one_in(20)) continue;
    auto record = letter.event;
    record.key = letter_key(letter.account(), letter.event.offset);
    record.headers.clear();
    const auto packed = letter_headers(letter);
    log::HeaderReader headers(packed);
    for (std::string_view name, value; headers.take(name, value);)
      record.headers.emplace_back(name, value);
    recorded_.letters.insert_or_assign(record.key, std::move(record));
  }
  if (fault_ != Fault::settled_forgotten)
    for (const auto& letter : changes.letters_settled)
      recorded_.letters.erase(letter_key(letter.account(), letter.event.offset));
  for (const auto& [account, lane] : changes.lanes) {
    recorded_.lanes.erase(account);
    if (lane.state) recorded_.lanes.emplace(account, encode_lane(*lane.state));
  }
  if (fault_ != Fault::progress_forgotten || ++commits_ % 10 == 0)
    for (const auto partition : changes.partitions)
      recorded_.progress[static_cast<std::size_t>(partition)] =
          owner.lanes->progress(partition).encode();
  truth_.committed(changes);
  if (fault_ == Fault::none) check_store(owner);
}

// What is on record and what the machine goes by are the same.
void DeliveryWorld::check_store(Owner& owner) {
  const auto sums = owner.store->sums();
  const auto is_his = [&owner](std::int32_t partition) { return owner.share.has(partition); };
  const auto letters = std::ranges::count_if(
      recorded_.letters, [&](const auto& one) { return is_his(one.second.partition); });
  const auto lanes = std::ranges::count_if(
      recorded_.lanes, [&](const auto& one) { return is_his(partition_of(one.first)); });
  if (sums.letters() != static_cast<std::size_t>(letters))
    truth_.problem("the record has other letters than the store");
  if (sums.lanes() != static_cast<std::size_t>(lanes))
    truth_.problem("the record has other lanes than the store");
  for (const auto& [key, record] : recorded_.letters) {
    if (!is_his(record.partition)) continue;
    const auto letter = read_letter(record);
    const auto found = owner.store->letters_before(letter->account(), letter->event.offset + 1, 1);
    if (found.empty() || found.front().id() != letter->id() ||
        found.front().state != letter->state || found.front().urgent != letter->urgent)
      truth_.problem(fmt::format("letter {} is another one on record", letter->id()));
  }
  for (const auto& [account, json] : recorded_.lanes)
    if (is_his(partition_of(account)) && owner.store->lane(account) != *decode_lane(json))
      truth_.problem(fmt::format("the lane of {} is another one on record", account));
}

void DeliveryWorld::send(Owner& owner, const std::vector<Try>& tries) {
  for (const auto& next : tries) {
    const auto id = std::string(log::header_of(*next.event, "ce_id"));
    truth_.sent(id, fault_ == Fault::own_sequence
                        ? std::string(log::header_of(*next.event, "ce_sequence"))
                        : next.sequence);
    owner.under_way.push_back({next.ticket, id});
  }
  if (owner.under_way.size() > owner.settings.pace.at_once_max)
    truth_.problem("too many are under way");
}

emitters::Verdict DeliveryWorld::verdict() {
  using emitters::Verdict;
  if (calm_) return Verdict::delivered;
  if (mood_ == 1) return one_in(2) ? Verdict::retry : Verdict::unknown;  // it is away
  if (mood_ == 2 && one_in(2)) return Verdict::throttle;
  if (mood_ == 3 && one_in(2)) return Verdict::park;
  if (one_in(60)) return Verdict::disable;
  if (one_in(20)) return Verdict::park;
  if (one_in(4)) return one_in(2) ? Verdict::retry : Verdict::unknown;
  return Verdict::delivered;
}

void DeliveryWorld::answer(Owner& owner, std::size_t most) {
  std::ranges::shuffle(owner.under_way, random_);
  for (; most > 0 && !owner.under_way.empty(); --most) {
    const auto attempt = owner.under_way.back();
    owner.under_way.pop_back();
    emitters::Outcome outcome{.ticket = attempt.ticket, .verdict = verdict(), .reason = "said no"};
    if (one_in(5)) outcome.retry_after = std::chrono::seconds(up_to(1));
    if (outcome.verdict == emitters::Verdict::delivered ||
        (outcome.verdict == emitters::Verdict::unknown && one_in(2)))
      truth_.took(attempt.id);
    truth_.attempt_ended(attempt.id);
    owner.lanes->ended(outcome, now_ms_);
  }
}

void DeliveryWorld::step_all() {
  if (!calm_) rebalance();
  for (std::size_t at = 0; at < owners_.size(); ++at) step(owners_[at]);
}

void DeliveryWorld::step(std::unique_ptr<Owner>& owner) {
  const auto dies = [this] { return !calm_ && one_in(50); };
  read(*owner);
  if (!calm_) meddle(*owner);
  const auto tries = consider(*owner);
  if (fault_ == Fault::sent_before_recorded) send(*owner, tries);
  if (dies()) {
    crash(owner);
    return;
  }
  commit(*owner);
  if (dies()) {
    crash(owner);
    return;
  }
  if (fault_ != Fault::sent_before_recorded) send(*owner, tries);
  if (one_in(2) || calm_) answer(*owner, static_cast<std::size_t>(up_to(4)));
  if (dies()) crash(owner);
}

bool DeliveryWorld::is_at_rest() {
  return std::ranges::all_of(owners_, [this](auto& owner) { return is_at_rest(*owner); });
}

bool DeliveryWorld::is_at_rest(Owner& owner) {
  const auto& lanes = *owner.lanes;
  if (!owner.under_way.empty() || lanes.in_flight() > 0 || lanes.in_memory() > 0) return false;
  if (lanes.bulk_in_memory() > 0) truth_.problem("bulk events are counted that are not there");
  const auto next = owner.lanes->next_start_ms(now_ms_);
  if (next) now_ms_ = std::max(now_ms_, *next);
  if (next) return false;
  for (std::int32_t partition = 0; partition < partition_count_; ++partition)
    if (owner.share.has(partition) &&
        owner.positions[static_cast<std::size_t>(partition)] != events_.size())
      return false;
  return true;
}

void DeliveryWorld::settle_down() {
  calm_ = true;
  for (auto& owner : owners_) owner->lanes->set_paused(false);
  for (int count = 0; count < 20'000; ++count) {
    step_all();
    if (!is_at_rest()) continue;
    for (auto& owner : owners_) commit(*owner);
    return;
  }
  truth_.problem("it does not come to rest");
}

// Everything has ended, or is a letter that waits for a person.
void DeliveryWorld::check_rest(bool all_ended) {
  for (const auto& event : events_) {
    if (!event.subscribed) continue;
    const auto state = truth_.state_of(event.id);
    if (state == DeliveryTruth::State::final) continue;
    const auto letter = recorded_.letters.find(letter_key(event.account, event.offset));
    const auto& owner = **std::ranges::find_if(
        owners_, [&event](const auto& one) { return one->share.has(event.partition); });
    const auto lane = owner.store->lane(event.account);
    if (all_ended)
      truth_.problem(fmt::format("{} has not ended after the last replay", event.id));
    else if (letter == recorded_.letters.end())
      truth_.problem(fmt::format("{} is lost", event.id));
    else if (state != DeliveryTruth::State::dead && !(lane && lane->parked))
      truth_.problem(fmt::format("{} waits, and its lane is not parked", event.id));
  }
  if (all_ended && !(recorded_.letters.empty() && recorded_.lanes.empty()))
    truth_.problem("everything has ended, and letters or lanes are left");
}

void DeliveryWorld::replay_all() {
  for (auto& owner : owners_)
    for (const auto& account : owner->store->accounts_after("", 100)) replay(*owner, account);
}

void DeliveryWorld::run() {
  for (int count = 150 + up_to(250); count > 0; --count) step_all();
  settle_down();
  check_rest(false);
  replay_all();
  settle_down();
  check_rest(true);
}

}  // namespace wakestream::deliver
