// Does PostgreSQL feed the stream? Connected but not fed looks like quiet from the stream alone:
// in both only keepalives come. The server's own position, asked on another connection, tells them
// apart. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/http/source_history.h"
#include "cdc/session/source_facts.h"
#include "roles/capture/capture_facts.h"

namespace wakestream::app {

enum class Feed : std::uint8_t {
  away,       // there is no stream
  fed,        // positions move
  quiet,      // the server has nothing more
  held_back,  // the server has more and does not send it
  log_full,   // we do not read: the event log is the slower one
  unknown,    // the server could not be asked, and nothing moves
};

inline constexpr int feed_count = static_cast<int>(Feed::unknown) + 1;

std::string_view to_string(Feed feed);

// What was last heard of the server, by a connection of its own.
struct SourceView {
  bool answers = false;
  std::string problem;     // why it does not
  cdc::SourceFacts facts;  // the newest answer, however old
  SourceHistory history;
};

struct FeedFacts {
  Feed feed = Feed::away;
  std::string because;          // a sentence, when it is held back
  std::uint64_t lag_bytes = 0;  // from what is in the event log to the end of the server's
  double lag_seconds = 0;       // everything that was committed so long ago is in the event log
};

FeedFacts feed_of(const capture::CaptureFacts& facts, const SourceView& source,
                  std::int64_t now_ms);

// Why a walsender of this slot would hold changes back, in words; empty when there is no reason
// that can be seen.
std::string held_back_by(const cdc::SourceFacts& source);

}  // namespace wakestream::app
