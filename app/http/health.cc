#include "app/http/health.h"

#include <fmt/format.h>

namespace wakestream::app {

namespace {

// The loop turns once a second at least, but connecting, and each question to PostgreSQL before
// streaming, may take 10 s; several of them follow each other.
constexpr std::int64_t silence_ms_max = 60'000;

double seconds(std::int64_t milliseconds) { return static_cast<double>(milliseconds) / 1000; }

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::offline:
      return "offline";
    case Stage::waiting:
      return "waiting";
    case Stage::starting:
      return "starting";
    case Stage::streaming:
      return "streaming";
    case Stage::in_doubt:
      return "in_doubt";
    case Stage::log_away:
      return "log_away";
    case Stage::stopping:
      return "stopping";
    case Stage::stopped:
      return "stopped";
    case Stage::refused:
      return "refused";
  }
  return "";
}

Stage stage_of(const capture::CaptureFacts& facts) {
  using capture::State;
  switch (facts.state) {
    case State::offline:
    case State::connecting:
    case State::closing:
      return Stage::offline;
    case State::leasing:
      return facts.waits_for == "lease_waiting" ? Stage::waiting : Stage::starting;
    case State::waiting_stale:
      return Stage::waiting;
    case State::finding_slot:
      return facts.waits_for == "slot_waiting" ? Stage::waiting : Stage::starting;
    case State::peeking:
    case State::opening:
    case State::reading:
    case State::identifying:
    case State::reading_history:
    case State::checking_rules:
    case State::recording_birth:
    case State::dropping_slot:
    case State::creating_slot:
    case State::filling_context:
    case State::claiming:
    case State::starting:
      return Stage::starting;
    case State::streaming:
      return Stage::streaming;
    case State::doubt_closing:
    case State::doubt_pinging:
    case State::doubt_reading:
    case State::doubt_opening:
    case State::doubt_rereading:
    case State::doubt_claiming:
      return Stage::in_doubt;
    case State::stopping:
      return Stage::stopping;
    case State::log_away:
      return Stage::log_away;
    case State::refused:
      return Stage::refused;
    case State::stopped:
      return Stage::stopped;
  }
  return Stage::offline;
}

Health healthy(const capture::CaptureFacts& facts, std::int64_t now_ms) {
  const auto silence_ms = now_ms - facts.at_ms;
  if (silence_ms <= silence_ms_max) return {};
  return {false,
          {fmt::format("the capture loop has not turned for {:.0f} s", seconds(silence_ms))}};
}

Health ready(const capture::CaptureFacts& facts, const FeedFacts& feed, std::int64_t now_ms) {
  auto health = healthy(facts, now_ms);
  const auto stage = stage_of(facts);
  if (stage == Stage::streaming) {
    if (feed.feed != Feed::held_back) return health;
    health.good = false;
    health.reasons.push_back("held back: " + feed.because);
    return health;
  }
  health.good = false;
  auto reason = fmt::format("{} for {:.1f} s", to_string(stage),
                            seconds(std::max<std::int64_t>(0, now_ms - facts.state_since_ms)));
  if (!facts.waits_because.empty()) reason += ": " + facts.waits_because;
  health.reasons.push_back(std::move(reason));
  return health;
}

}  // namespace wakestream::app
