// Is anybody there? A connection whose other end is gone, or stands still, looks like one on which
// nothing happens: so a stream that says nothing is asked for a sign of life, and given up when
// none comes. A server that takes new connections and streams on none is a matter for a person.
#include <fmt/format.h>

#include <algorithm>

#include "roles/capture/machine.h"

namespace wakestream::capture {

void Machine::heard() {
  heard_ms_ = now_.mono_ms;
  stalled_since_ms_ = 0;
}

// The last two thirds count from the question: this process may have stood still itself.
std::int64_t Machine::silence_due_ms() const {
  const auto third_ms = silence_ms_max_ / 3;
  return asked_ms_ > heard_ms_ ? asked_ms_ + silence_ms_max_ - third_ms : heard_ms_ + third_ms;
}

void Machine::watch_for_silence() {
  if (now_.mono_ms < silence_due_ms()) return;
  if (asked_ms_ <= heard_ms_) {
    asked_ms_ = now_.mono_ms;
    return send_feedback(true);
  }
  silences_in_a_row_ = std::min(silences_in_a_row_ + 1, 10);
  if (stalled_since_ms_ == 0) stalled_since_ms_ = heard_ms_;
  if (stalled_too_long()) return give_up();
  back_to_start(
      fmt::format("PostgreSQL at {} has said nothing for {} s, though it was asked for a sign of "
                  "life; connecting again",
                  server_.server, (now_.mono_ms - heard_ms_) / 1'000));
}

bool Machine::stalled_too_long() const {
  return stalled_since_ms_ != 0 && now_.mono_ms - stalled_since_ms_ >= settings_.stall_ms_max;
}

void Machine::give_up() {
  refuse(fmt::format(
             "PostgreSQL at {} takes connections, and has streamed nothing for {} s, though it was "
             "connected to again. Look at the slot's walsender (pg_stat_activity), and whether it "
             "waits for a lock or a disk; trying again later may help",
             server_.server, (now_.mono_ms - stalled_since_ms_) / 1'000),
         75);
}

}  // namespace wakestream::capture
