// Is the program alive, and does it do its work? Pure: facts and a time in, verdicts out.
//
//   healthy  its loop turns. A program that is not healthy should be started anew.
//   ready    it streams changes from PostgreSQL into the log, and is fed.
//
// One that is not ready may wait for something that will come (the lease of another instance, a
// database that restarts, a standby that PostgreSQL waits for): the reasons say what.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/http/feed.h"
#include "roles/capture/capture_facts.h"

namespace wakestream::app {

// What the capture role does, in the few words that monitoring tells apart.
enum class Stage : std::uint8_t {
  offline,    // no connection to PostgreSQL; the next attempt comes
  waiting,    // for the lease, for another instance's record to be stale, or for the slot
  starting,   // compares the log with the database
  streaming,  // the ordinary state
  in_doubt,   // a commit's outcome is unknown and being found out; it goes on by itself
  log_away,   // the event log does not answer
  stopping,
  stopped,
  refused,  // cannot go on without an operator
};

inline constexpr int stage_count = static_cast<int>(Stage::refused) + 1;

std::string_view to_string(Stage stage);
Stage stage_of(const capture::CaptureFacts& facts);

struct Health {
  bool good = true;
  std::vector<std::string> reasons;  // sentences; empty when it is good
};

Health healthy(const capture::CaptureFacts& facts, std::int64_t now_ms);
Health ready(const capture::CaptureFacts& facts, const FeedFacts& feed, std::int64_t now_ms);

}  // namespace wakestream::app
