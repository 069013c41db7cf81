// Where the capture role stands. What leads from one state to the next is the table in
// transitions.h, which docs/capture.md shows and the simulator checks.
#pragma once

#include <cstdint>
#include <string_view>

namespace wakestream::capture {

enum class State : std::uint8_t {
  offline,          // no connection; the next attempt is at a known time
  connecting,       // asked for a connection to PostgreSQL
  leasing,          // connected; asks for the lease once a second
  peeking,          // has the lease; reads the checkpoint without fencing anybody
  waiting_stale,    // a writer at another server was alive a moment ago
  opening,          // asked for the log's writer, which ends every older one
  reading,          // reads the checkpoint to its settled end: the last word
  identifying,      // asks the server again who it is: it may have been promoted meanwhile
  finding_slot,     // compares the checkpoint with the slot
  reading_history,  // the server is on a newer timeline: asks where it left ours
  checking_rules,   // the rules against the published tables
  recording_birth,  // writes "creating slot"
  dropping_slot,    // a half-made slot of ours goes
  creating_slot,
  filling_context,  // a new pipeline's account context, from the slot's own snapshot
  claiming,         // writes a record with its own incarnation
  starting,         // asked for the stream
  streaming,        // the ordinary state
  doubt_closing,    // a commit's outcome is unknown; the writer is being closed
  doubt_pinging,    // does the lease still answer?
  doubt_reading,    // has somebody else written, without fencing him?
  doubt_opening,
  doubt_rereading,  // the last word on the commit in doubt
  doubt_claiming,
  stopping,  // reads no more; waits for what is on its way
  closing,   // gives connection, lease and writer back
  log_away,  // the log does not answer; PostgreSQL is left alone until it does
  refused,   // the end: cannot go on without an operator
  stopped,   // the end: as asked
};

inline constexpr int state_count = static_cast<int>(State::stopped) + 1;

std::string_view to_string(State state);

}  // namespace wakestream::capture
