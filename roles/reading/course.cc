#include "roles/reading/course.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "roles/capture/error_policy.h"

namespace wakestream::reading {

namespace {

// A first start of both roles makes the topic within a moment: no word of that.
constexpr std::int64_t quiet_pause_ms = 3'000;

bool is_too_early(Step step, log::ErrorKind kind) {
  return step == Step::find_events && kind == log::ErrorKind::topic_missing;
}

bool may_pass(Step step, log::ErrorKind kind) {
  // Capture makes the events topic.
  if (is_too_early(step, kind)) return true;
  return capture::judge(kind).verdict != capture::Verdict::refuse;
}

}  // namespace

std::string_view Course::waiting_for(const log::Error& error) const {
  switch (error.kind) {
    case log::ErrorKind::in_doubt:
      return words_.in_doubt;
    case log::ErrorKind::held:
      return words_.waiting;
    default:
      return words_.log_away;
  }
}

std::string Course::sentence(Step step, const log::Error& error) const {
  if (is_too_early(step, error.kind))
    return "waiting for capture to make the topic of the private events: " + error.message;
  if (error.kind == log::ErrorKind::in_doubt)
    return fmt::format("{}: {}", words_.is_in_doubt, error.message);
  if (error.kind == log::ErrorKind::held)
    return fmt::format("{}: {}", words_.is_held, error.message);
  return fmt::format("{}: {}", words_.is_away, error.message);
}

bool Course::wrote() {
  in_doubt_ = false;
  seen_.reset();
  pause_ms_ = 0;
  return !std::exchange(told_, {}).empty();
}

Course::Answer Course::failed(Step step, const log::Error& error) {
  Answer answer;
  if (!may_pass(step, error.kind)) {
    answer.ends = true;
    answer.event = words_.refused;
    answer.message = error.message;
    if (const std::string_view way_out = capture::judge(error.kind).way_out; !way_out.empty())
      answer.message.append(". ").append(way_out);
    return answer;
  }
  if (error.kind == log::ErrorKind::in_doubt) in_doubt_ = true;
  pause_ms_ = std::clamp(2 * pause_ms_, settings_.pause_ms_min, settings_.pause_ms_max);
  answer.pause_ms = in_doubt_ ? std::max(pause_ms_, settings_.doubt_pause_ms) : pause_ms_;
  std::string event(waiting_for(error));
  if (told_ == event) return answer;
  if (is_too_early(step, error.kind) && pause_ms_ < quiet_pause_ms) return answer;
  told_ = event;
  answer.event = std::move(event);
  answer.message = sentence(step, error);
  return answer;
}

bool Course::may_write(const Positions& positions, bool by_another, std::int64_t now_ms) {
  if (!in_doubt_ || !by_another) return true;
  if (seen_ != positions) {
    seen_ = positions;
    seen_since_ms_ = now_ms;
    return false;
  }
  return now_ms - seen_since_ms_ >= settings_.takeover_ms;
}

}  // namespace wakestream::reading
