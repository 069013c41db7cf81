// Which timeline is the server on that a session streams from? The session itself cannot ask: a
// connection in COPY mode takes no command.
//
// A standby may be promoted, or follow a primary that was, while it is read, and the stream goes on
// without a word of it. Whoever asks here after a message came, and hears the timeline that the
// session began with, knows that the message is of that timeline: nothing is sent before it is
// replayed, and what is replayed behind the switch point is of the next one.
//
// A second replication connection (IDENTIFY_SYSTEM alone tells a standby's timeline exactly), so it
// takes one more of the server's max_wal_senders. Not thread-safe; may be used by another thread
// than its session's.
#pragma once

#include <memory>
#include <string>

#include "cdc/session/connection.h"

namespace wakestream::cdc {

class TimelineProbe {
 public:
  // With `server`, the one that the session reached, and no other that the options lead to.
  static Result<std::unique_ptr<TimelineProbe>> connect(SessionOptions options,
                                                        const ServerInstance& server);

  // An error when the server does not answer in three seconds: the probe is then of no further use.
  // Whoever ends the program waits for it: what is asked for is the last thing to be written.
  Result<std::uint32_t> ask();

 private:
  explicit TimelineProbe(ConnectionPtr connection) : connection_(std::move(connection)) {}

  ConnectionPtr connection_;
};

}  // namespace wakestream::cdc
