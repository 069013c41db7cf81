// The wish that the role ends, as it comes from outside, and how long the log may keep it waiting.
//
// An operation of the log cannot be cut short, and one that nobody answers takes its whole time
// limit. When the machine has nothing left to do but to wait for it, its outcome is settled at the
// next start as after a crash; so the process may as well be left.
#pragma once

#include <cstdint>
#include <optional>

#include "roles/capture/action.h"
#include "roles/capture/state.h"

namespace wakestream::capture {

class StopRequest {
 public:
  // Readable, and left so, when the role is to end; -1: it never is.
  explicit StopRequest(int fd) : fd_(fd) {}

  // True once.
  bool arrives();
  // To wait for; -1 when it has arrived.
  int fd() const { return arrived_ ? -1 : fd_; }
  // The machine is in `state` now: has it waited for the log for long enough?
  bool waited_enough(State state, std::int64_t mono_ms);

  // What people are told of the end: of any, and before that of one that the log keeps waiting.
  static action::Say said_of(const action::Exit& exit);
  static action::Say without_log();

 private:
  int fd_;
  bool arrived_ = false;
  std::optional<std::int64_t> closing_since_ms_;
};

}  // namespace wakestream::capture
