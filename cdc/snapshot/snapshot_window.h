// Which rows of a chunk may go out between two transactions of the stream, so that no row comes
// behind a newer event of its key, and none before an event that it already shows.
//
// A chunk is a query's answer: rows as one snapshot of the server sees them. The stream goes on
// meanwhile, in commit order, and a server lets a commit into the stream a moment before queries
// see it (without a limit when the commit waits for a synchronous standby). So:
//
//   what the snapshot sees      must have been streamed before the chunk goes out: the stream has
//                               passed `high`, the end of the log, read after the snapshot was
//                               taken
//   what it does not see        may have been streamed all the same: the keys that such a
//   transaction
//                               touched leave the chunk, and are read again
//
// For that the window takes note of what every streamed transaction touches, from restart() on.
// What was streamed before is known only by its absence: a transaction that runs when the first
// chunk is taken, and was not streamed since, may have been streamed before the window began. Until
// it is gone or streamed, no chunk is usable (judge).
//
// On a standby queries see commits in the order of the log, but the server does not say which.
// There a chunk has `low` for a snapshot: the position that was replayed before it was taken.
//
// Pure; not thread-safe. Memory is bounded: beyond `touches_max` it begins anew, as restart() does.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>
#include <vector>

#include "cdc/lsn.h"
#include "cdc/snapshot/server_snapshot.h"

namespace wakestream::cdc {

// What a chunk's query saw.
struct ChunkSight {
  std::optional<ServerSnapshot> snapshot;  // none: from a standby
  Lsn low;                                 // a standby's: what commits before it is seen
  Lsn high;                                // nothing that commits at or behind it is seen
};

class SnapshotWindow {
 public:
  static constexpr std::size_t touches_max = 1U << 17U;

  // Forgets everything: the stream begins anew, or nobody took notes for a while. A chunk that was
  // asked for earlier is of no use any more.
  void restart();
  // Rises with each restart.
  std::uint64_t period() const { return period_; }

  // The stream.
  void began(std::uint32_t xid, Lsn commit_lsn);
  void touched(std::uint64_t key);
  void ended();

  // A chunk is next to go out. Returns the transactions because of which it cannot yet; empty when
  // it can. Forgets what it sees: chunks are judged in the order in which they were taken.
  std::vector<std::uint64_t> judge(const ChunkSight& sight);

  // The keys that leave a chunk if it goes out now, between two transactions.
  std::unordered_set<std::uint64_t> leaving(const ChunkSight& sight) const;

 private:
  struct Transaction {
    std::uint32_t xid = 0;
    Lsn commit_lsn;
    std::vector<std::uint64_t> keys;
  };

  static bool sees(const ChunkSight& sight, const Transaction& transaction);
  void streamed(std::uint32_t xid);

  std::uint64_t period_ = 0;
  Transaction current_;
  std::deque<Transaction> streamed_;  // those that touched a key and may not be seen
  std::size_t touch_count_ = 0;
  // Of transactions that ran when the first chunk was taken: may have been streamed before.
  std::optional<std::vector<std::uint64_t>> suspects_;
  std::unordered_set<std::uint32_t> streamed_xids_;  // until then
};

}  // namespace wakestream::cdc
