// What the capture role knows of itself, for whoever watches it: plain values, copied out of the
// loop a few times a second. Positions, counts, times and names; never a cell's value.
//
// Counts are of this process's life. Wall times are milliseconds since the Unix epoch by this
// machine's clock; 0 means "not yet".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "cdc/lsn.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/record_tally.h"
#include "roles/capture/state.h"

namespace wakestream::capture {

// How long something took, in the buckets that Prometheus wants: each upper bound, in seconds; what
// took longer than the last counts in `count` alone.
struct DurationTally {
  static constexpr std::array<double, 14> upper_bounds = {
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60};
  std::array<std::uint64_t, upper_bounds.size()> counts{};  // of each bucket alone
  std::uint64_t count = 0;
  double sum = 0;

  void add(double seconds);
};

struct CaptureFacts {
  std::int64_t at_ms = 0;       // when these facts were true
  std::int64_t started_ms = 0;  // the loop's start

  State state = State::offline;
  std::int64_t state_since_ms = 0;
  // What it said last while it was not streaming: the stable name and the sentence. Empty while all
  // is well.
  std::string waits_for;
  std::string waits_because;
  bool reads = false;  // false while streaming: the buffers are full, the log is the slower one

  // Positions. `received`: the end of the newest message or keepalive of this connection.
  cdc::Lsn received;
  cdc::Lsn confirmed;  // reported to PostgreSQL
  std::optional<Checkpoint> durable;
  std::int64_t last_keepalive_ms = 0;
  std::int64_t last_message_ms = 0;   // a row, a begin or a commit
  std::int64_t last_progress_ms = 0;  // when `received` moved
  // What was committed up to here, by the server's clock, is in the log.
  std::int64_t newest_commit_ms = 0;
  // When a keepalive said last that the server had decoded no further than the log has it. It may
  // be held back all the same: a keepalive does not say what lies behind its position.
  std::int64_t caught_up_ms = 0;

  // As received, what a reconnect brings again counted again.
  std::uint64_t messages = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t transactions = 0;
  std::uint64_t rows = 0;
  // As committed.
  RecordTally committed;
  std::uint64_t committed_records = 0;
  std::uint64_t committed_bytes = 0;
  DurationTally log_commit;     // one log transaction: begin to commit, the fsync included
  DurationTally source_to_log;  // from PostgreSQL's commit to the log's, newest of each transaction
  std::uint64_t commits_in_doubt = 0;
  std::uint64_t log_failures = 0;
  std::uint64_t connections = 0;
  std::uint64_t connection_failures = 0;
  std::uint64_t streams = 0;  // begun: the first and each reconnect
};

}  // namespace wakestream::capture
