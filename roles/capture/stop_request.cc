#include "roles/capture/stop_request.h"

#include <poll.h>

namespace wakestream::capture {

namespace {
// An answer that is on its way comes sooner than this.
constexpr std::int64_t closing_ms_max = 500;
}  // namespace

bool StopRequest::arrives() {
  pollfd entry{fd_, POLLIN, 0};
  if (arrived_ || fd_ < 0 || poll(&entry, 1, 0) <= 0) return false;
  arrived_ = true;
  return true;
}

action::Say StopRequest::said_of(const action::Exit& exit) {
  const auto level = exit.code == 0 ? action::Level::info : action::Level::error;
  const auto* event = exit.code == 0 ? "stopped" : exit.code == 1 ? "refused" : "gave_up";
  return {level, event, exit.reason, {}};
}

action::Say StopRequest::without_log() {
  return {action::Level::warning,
          "stop_deadline",
          "the event log does not answer; ending without it, and the next start settles what was "
          "on its way",
          {}};
}

bool StopRequest::waited_enough(State state, std::int64_t mono_ms) {
  if (!arrived_ || state != State::closing) {
    closing_since_ms_.reset();
    return false;
  }
  if (!closing_since_ms_) closing_since_ms_ = mono_ms;
  return mono_ms - *closing_since_ms_ >= closing_ms_max;
}

}  // namespace wakestream::capture
