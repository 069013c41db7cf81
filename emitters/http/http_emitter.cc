#include "emitters/http/http_emitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "emitters/http/item_results.h"

namespace wakestream::emitters {

namespace {

constexpr std::uint64_t token_key = 0;

AccessToken::Time steady_now() {
  return std::chrono::duration_cast<AccessToken::Time>(
      std::chrono::steady_clock::now().time_since_epoch());
}

std::chrono::sys_seconds wall_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

HttpEmitter::HttpEmitter(Recipe recipe) : recipe_(std::move(recipe)), transport_(recipe_.network) {}

std::size_t HttpEmitter::room() const {
  return recipe_.network.in_flight_max - std::min(recipe_.network.in_flight_max, held_);
}

void HttpEmitter::send(std::span<const Attempt> attempts) {
  held_ += attempts.size();
  if (std::holds_alternative<OAuth2Auth>(recipe_.auth) && !attempts.empty()) {
    const auto now = steady_now();
    if (token_.wanted(now)) ask_for_token();
    if (!token_.usable(now)) {
      for (const auto& attempt : attempts) waiting_.emplace_back(attempt);
      return;
    }
  }
  begin(attempts);
}

void HttpEmitter::begin(std::span<const Attempt> attempts) {
  if (recipe_.batch) {
    begin_batches(attempts);
    return;
  }
  for (const auto& attempt : attempts) begin_one(attempt);
}

void HttpEmitter::begin_one(const Attempt& attempt) {
  const auto& access_token = token_.token().reveal();
  auto request = make_request(recipe_, attempt, {wall_now(), access_token});
  if (!request) {
    refuse(attempt.ticket, std::move(request.error()));
    return;
  }
  request->begin_by_ms = attempt.begin_by_ms;
  flights_[++last_key_] = {attempt.ticket, access_token, {}};
  transport_.begin(last_key_, std::move(*request));
}

void HttpEmitter::begin_batches(std::span<const Attempt> attempts) {
  std::vector<BatchItem> items;
  items.reserve(attempts.size());
  auto begin_by_ms = no_time_limit;
  for (const auto& attempt : attempts) {
    begin_by_ms = std::min(begin_by_ms, attempt.begin_by_ms);
    if (auto item = make_item(recipe_, attempt))
      items.push_back(std::move(*item));
    else
      refuse(attempt.ticket, std::move(item.error()));
  }
  const auto& access_token = token_.token().reveal();
  for (auto& batch : into_batches(*recipe_.batch, std::move(items),
                                  [this](std::string_view id) { return apart_.has(id); })) {
    auto request = make_batch_request(recipe_, batch, {wall_now(), access_token});
    if (!request) {
      for (const auto& item : batch) refuse(item.ticket, request.error());
      continue;
    }
    request->begin_by_ms = begin_by_ms;
    for (auto& item : batch) item.body = {};
    flights_[++last_key_] = {0, access_token, std::move(batch)};
    transport_.begin(last_key_, std::move(*request));
  }
}

void HttpEmitter::refuse(std::uint64_t ticket, std::string reason) {
  done_.push_back({.ticket = ticket, .verdict = Verdict::park, .reason = std::move(reason)});
}

void HttpEmitter::ask_for_token() {
  token_.asked();
  transport_.begin(token_key, make_token_request(std::get<OAuth2Auth>(recipe_.auth)));
}

void HttpEmitter::take(std::chrono::milliseconds wait, std::vector<Outcome>& out) {
  arrivals_.clear();
  transport_.run(done_.empty() ? wait : std::chrono::milliseconds{0}, arrivals_);
  for (const auto& arrival : arrivals_) {
    if (arrival.key == token_key)
      on_token(arrival);
    else
      on_arrival(arrival);
  }
  held_ -= done_.size();
  for (auto& outcome : done_) out.push_back(std::move(outcome));
  done_.clear();
}

void HttpEmitter::on_token(const Arrival& arrival) {
  std::optional<std::string> problem = arrival.reason;
  if (arrival.kind == Arrival::Kind::answered)
    problem = token_.answered(arrival.answer, steady_now());
  else
    token_.failed();
  const auto waited = std::exchange(waiting_, {});
  std::vector<Attempt> attempts;
  for (const auto& one : waited) {
    if (problem)
      done_.push_back({.ticket = one.ticket,
                       .verdict = Verdict::retry,
                       .reason = "no access token: " + *problem});
    else
      attempts.push_back(one.view());
  }
  begin(attempts);
}

void HttpEmitter::on_arrival(const Arrival& arrival) {
  const auto flight = std::move(flights_.extract(arrival.key).mapped());
  if (arrival.kind == Arrival::Kind::answered && arrival.answer.status == 401)
    token_.refused(flight.access_token);
  if (recipe_.batch) {
    end_batch(flight, arrival);
    return;
  }
  done_.push_back(outcome_of(arrival));
  done_.back().ticket = flight.ticket;
}

// But for its ticket.
Outcome HttpEmitter::outcome_of(const Arrival& arrival) const {
  if (arrival.kind == Arrival::Kind::answered)
    return judge(recipe_.answers, arrival.answer, wall_now());
  return {.verdict = arrival.kind == Arrival::Kind::cut ? Verdict::unknown : Verdict::retry,
          .reason = arrival.reason};
}

// What befell the request befell each of its items; what was answered may say more.
void HttpEmitter::end_batch(const Flight& flight, const Arrival& arrival) {
  if (arrival.kind != Arrival::Kind::answered) {
    auto outcome = outcome_of(arrival);
    for (const auto& item : flight.batch) {
      outcome.ticket = item.ticket;
      done_.push_back(outcome);
    }
    return;
  }
  auto judgement = judge_items(recipe_, arrival.answer, flight.batch, wall_now());
  if (judgement.apart)
    for (const auto& item : flight.batch) apart_.add(item.id);
  for (auto& outcome : judgement.outcomes) done_.push_back(std::move(outcome));
}

}  // namespace wakestream::emitters
