// What the capture role is told once, and the numbers that it keeps to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "roles/capture/checkpoint.h"

namespace wakestream::capture {

struct Settings {
  std::string pipeline;
  Incarnation incarnation;
  std::string slot;
  bool slot_existing = false;  // the slot was made beforehand, and is taken over where it stands
  bool slot_failover = false;  // the slot is to be one that standbys copy (17 and later)
  std::string rules_hash;
  std::vector<std::string> event_types;
  // The account context, where there is one: what its rule is, and which table gives it.
  struct Context {
    std::string rule_hash;
    std::string table;
  };
  std::optional<Context> context = std::nullopt;
  bool rules_join_context = false;

  // A log transaction ends at either. A row's records stay together, so one may be a little larger.
  std::uint64_t transaction_records_max = 10'000;
  std::uint64_t transaction_bytes_max = 6U << 20U;
  // The least time between the end of one log transaction and the begin of the next, unless it is
  // full. Kafka makes a transaction wait 20 ms when it begins while the last one's markers are
  // being written (docs/adr/0003-one-transactional-producer.md).
  std::int64_t transaction_gap_ms = 0;

  // A new pipeline begins with a snapshot of every table whose rules take such rows.
  bool snapshot_initial = false;
  // A chunk of a snapshot gives at most so many records, but for a row's that stay together.
  std::uint64_t snapshot_chunk_records = 5'000;
  std::int64_t snapshot_rows_per_second = 0;  // at most; 0: as fast as it goes

  std::int64_t lease_poll_ms = 1'000;
  std::int64_t context_follow_ms = 5'000;  // by an instance that waits for the lease
  std::int64_t fill_ping_ms = 2'000;  // how often the lease is asked for a sign of life meanwhile
  std::int64_t slot_poll_ms = 1'000;
  std::int64_t slot_explain_ms = 3'000;  // how often people are told what a new slot waits for
  std::int64_t stale_after_ms =
      30'000;  // a writer at another server that wrote less long ago is taken for alive
  std::int64_t heartbeat_ms = 10'000;       // a checkpoint is never older than this while streaming
  std::int64_t idle_checkpoint_ms = 1'000;  // idle positions are written at most this often
  std::int64_t log_silence_ms_max =
      10'000;  // after that PostgreSQL's connection is closed until the log answers
  std::int64_t feedback_pace_ms = 100;  // progress is reported at most this often
  std::int64_t feedback_interval_ms_max =
      10'000;  // and at the least this often; less when wal_sender_timeout is short
  std::int64_t command_ping_ms = 500;  // how often a command that waits asks how far the server is
  std::int64_t chunk_ping_ms = 20;     // the same of a chunk that waits
  std::int64_t chunk_pause_ms_min = 50;  // before a chunk that failed is asked for again
  std::int64_t chunk_pause_ms_max = 5'000;
  std::int64_t snapshot_tell_ms = 10'000;  // how often people are told how far a snapshot is
  // How long a stream may say nothing, where wal_sender_timeout does not tell. Asked for a sign of
  // life is after a third of it.
  std::int64_t silence_ms_max = 60'000;
  std::int64_t silence_ms_min = 5'000;  // and no less, however short that is
  std::int64_t stall_ms_max = 300'000;  // how long connecting again is tried while that goes on
  std::int64_t ping_ms_max = 3'000;     // how long the lease has to answer
  std::int64_t stop_ms_max = 7'000;     // how long a stop waits for what is on its way
  std::int64_t backoff_ms_min = 200;
  std::int64_t backoff_ms_max = 10'000;
  std::uint64_t seed = 1;  // of the jitter
};

}  // namespace wakestream::capture
