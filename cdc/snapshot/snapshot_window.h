// What a chunk's rows are worth between two transactions of the stream, so that no row comes behind
// a newer event of its key, and none before an event that it already shows.
//
// A chunk is a query's answer: rows as one snapshot of the server sees them. The stream goes on
// meanwhile, in commit order, and a server lets a commit into the stream a moment before queries
// see it (without a limit when the commit waits for a synchronous standby). So:
//
//   what the snapshot sees      must have been streamed before the chunk goes out: the stream has
//                               passed `high`, the end of the log, read after the snapshot was
//                               taken
//   what it does not see        may have been streamed all the same. Of a key that such a
//   transaction
//                               touched the chunk has an old row; the stream has the new one
//
// For that the window takes note of what every streamed transaction does, from restart() on: of
// each key the row as it is now, or that it is gone. The chunk's rows, with those in their places,
// are exactly what the database held at this point of the stream.
//
// What was streamed before is known only by its absence: a transaction that runs when the first
// chunk is taken, and was not streamed since, may have been streamed before the window began. Until
// it is gone or streamed, no chunk is usable (judge).
//
// On a standby queries see commits in the order of the log, but the server does not say which.
// There a chunk has `low` for a snapshot: the position that was replayed before it was taken.
//
// Pure; not thread-safe. Memory is bounded: rows beyond `image_bytes_max` are noted without their
// values; beyond `touches_max` keys it begins anew, as restart() does.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cdc/lsn.h"
#include "cdc/row_change.h"
#include "cdc/snapshot/row_block.h"
#include "cdc/snapshot/server_snapshot.h"

namespace wakestream::cdc {

// What a chunk's query saw.
struct ChunkSight {
  std::optional<ServerSnapshot> snapshot;  // none: from a standby
  Lsn low;                                 // a standby's: what commits before it is seen
  Lsn high;                                // nothing that commits at or behind it is seen
};

// A row as the stream had it.
struct RowImage {
  std::shared_ptr<const Relation> relation;
  RowBlock row;
};

// Of a key of a chunk, now.
struct KeyState {
  enum class Kind : std::uint8_t {
    as_read,      // the chunk's row is right
    as_streamed,  // `image` is
    gone,         // there is no such row any more
    unknown,      // it changed, and the stream did not say to what, or it was too much to keep
  };
  Kind kind = Kind::as_read;
  const RowImage* image = nullptr;  // valid until the window changes
  // unknown: the transaction that changed it ran already when the chunk was taken; else it began
  // later.
  bool ran = false;
};

class SnapshotWindow {
 public:
  static constexpr std::size_t touches_max = 1U << 17U;
  static constexpr std::size_t image_bytes_max = 4U << 20U;

  // Forgets everything: the stream begins anew, or nobody took notes for a while. A chunk that was
  // asked for earlier is of no use any more.
  void restart();
  // Rises with each restart.
  std::uint64_t period() const { return period_; }

  // The stream. A key is now this row; or gone; or changed, to something that was not sent.
  void began(std::uint32_t xid, Lsn commit_lsn);
  void is_row(std::uint64_t key, const Relation& relation, std::span<const Value> row);
  void is_gone(std::uint64_t key);
  void is_unknown(std::uint64_t key);
  void ended();

  // A chunk is next to go out. Returns the transactions because of which it cannot yet; empty when
  // it can. Forgets what it sees: chunks are judged in the order in which they were taken.
  std::vector<std::uint64_t> judge(const ChunkSight& sight);

  // If the chunk goes out now, between two transactions.
  KeyState state_of(std::uint64_t key, const ChunkSight& sight) const;

  // A chunk that waits long makes many notes. Then only those about its keys are kept, and later
  // ones about others are not made: for the next chunk the window must be restarted.
  bool is_crowded() const;
  bool is_narrow() const { return narrow_; }
  void narrow(std::unordered_set<std::uint64_t> keys);  // with that of the whole table

 private:
  struct Touch {
    std::uint32_t xid = 0;
    Lsn commit_lsn;
    KeyState::Kind kind = KeyState::Kind::unknown;
    std::unique_ptr<RowImage> image;
  };

  static bool sees(const ChunkSight& sight, const Touch& touch);
  Touch* note(std::uint64_t key, KeyState::Kind kind);
  void forget_image(const Touch& touch);  // it is about to go
  std::shared_ptr<const Relation> shared(const Relation& relation);

  std::uint64_t period_ = 0;
  std::uint32_t xid_ = 0;
  Lsn commit_lsn_;
  std::unordered_map<std::uint64_t, Touch> touches_;  // the last one of each key
  std::size_t image_bytes_ = 0;
  std::unordered_map<std::uint32_t, std::shared_ptr<const Relation>> relations_;
  bool narrow_ = false;
  std::unordered_set<std::uint64_t> keys_;  // when narrow
  // Of transactions that ran when the first chunk was taken: may have been streamed before.
  std::optional<std::vector<std::uint64_t>> suspects_;
  std::unordered_set<std::uint32_t> streamed_xids_;  // until then
};

}  // namespace wakestream::cdc
