#include "emitters/http/http_emitter.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

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
  const auto held = waiting_.size() + flights_.size() + done_.size();
  return recipe_.network.in_flight_max - std::min(recipe_.network.in_flight_max, held);
}

void HttpEmitter::send(std::span<const Attempt> attempts) {
  const bool by_token = std::holds_alternative<OAuth2Auth>(recipe_.auth);
  for (const auto& attempt : attempts) {
    if (by_token && token_.wanted(steady_now())) ask_for_token();
    if (!by_token || token_.usable(steady_now()))
      begin(attempt);
    else
      waiting_.emplace_back(attempt);
  }
}

void HttpEmitter::begin(const Attempt& attempt) {
  const auto& access_token = token_.token().reveal();
  auto request = make_request(recipe_, attempt, {wall_now(), access_token});
  if (!request) {
    done_.push_back(
        {.ticket = attempt.ticket, .verdict = Verdict::park, .reason = request.error()});
    return;
  }
  flights_[++last_key_] = {attempt.ticket, access_token};
  transport_.begin(last_key_, std::move(*request));
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
  for (const auto& one : waited) {
    if (problem)
      done_.push_back({.ticket = one.ticket,
                       .verdict = Verdict::retry,
                       .reason = "no access token: " + *problem});
    else
      begin(one.view());
  }
}

void HttpEmitter::on_arrival(const Arrival& arrival) {
  const auto flight = std::move(flights_.extract(arrival.key).mapped());
  Outcome outcome;
  if (arrival.kind == Arrival::Kind::answered) {
    outcome = judge(recipe_.answers, arrival.answer, wall_now());
    if (outcome.status == 401) token_.refused(flight.access_token);
  } else {
    outcome.verdict = arrival.kind == Arrival::Kind::cut ? Verdict::unknown : Verdict::retry;
    outcome.reason = arrival.reason;
  }
  outcome.ticket = flight.ticket;
  done_.push_back(std::move(outcome));
}

}  // namespace wakestream::emitters
