// The simulated outside: PostgreSQL servers, an event log and a clock, all driven by one seed.
//
// Small on purpose, and hostile: transactions larger than a log transaction, rows whose LSNs lie
// among those of other commits, WAL that no rule cares about, commits whose reply is lost or that
// happen long after the writer was told that nobody knows, failovers that take the end of the WAL
// away. What is true is kept beside it: which rows a correct program must have put into the log, in
// which order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <vector>

#include "cdc/lsn.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/input.h"

namespace wakestream::simulation {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ULL + 1) {}
  std::uint64_t next();
  // 0 to bound - 1
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(bound));
  }
  std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

// Events in time. Everything that happens is a closure with a time; equal times keep their order.
class Clock {
 public:
  std::int64_t now_ms() const { return now_ms_; }
  void at(std::int64_t time_ms, std::function<void()> what);
  void in(std::int64_t delay_ms, std::function<void()> what) {
    at(now_ms_ + delay_ms, std::move(what));
  }
  // Runs everything up to `end_ms`.
  void run_until(std::int64_t end_ms);

 private:
  struct Entry {
    std::int64_t time_ms;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const Entry& other) const {
      return time_ms != other.time_ms ? time_ms > other.time_ms : number > other.number;
    }
  };
  std::priority_queue<Entry> queue_;
  std::int64_t now_ms_ = 0;
  std::uint64_t counter_ = 0;
};

// Keys below it are accounts.
inline constexpr int account_count = 8;

struct Row {
  std::uint64_t ordinal = 0;
  cdc::Lsn lsn;
  int record_count = 0;
  int key = 0;  // of the one table, whose rows were all there from the start; -1: of another
  bool sent_whole = true;
  int version = 0;  // how often the key's row has been changed with this
  // It says something new of account `key`, which the events of other rows join.
  bool gives_context() const { return key >= 0 && key < account_count; }
};

// The account whose context the events of a row join.
int account_of(cdc::Lsn commit_lsn, std::uint64_t ordinal);
// Every so many changes of an account's row are a DELETE; the next one makes it anew.
bool deletes_account(int version);
// The context of an account whose row has been changed so often; 0: nobody knows it. The row of the
// one half says nothing of its account before it is changed.
int context_of_version(int account, int version);
// Of a row's events the second is of a rule that joins the context.
inline constexpr int joining_index = 1;

struct Transaction {
  cdc::Lsn commit_lsn;
  cdc::Lsn end_lsn;
  std::vector<Row> rows;
  std::uint64_t xid = 0;
};

inline constexpr int key_count = 24;

// What one record of the log stands for.
struct EventRecord {
  std::uint32_t timeline = 0;  // of the transaction: LSNs come again after a failover
  cdc::Lsn commit_lsn;
  std::uint64_t ordinal = 0;
  int index = 0;
  int rules = 0;     // which rules made it
  int command = -1;  // not an event, but the decision about this command's step
  std::int64_t step = 0;
  // Not an event of a commit, but a row of this snapshot, which has been changed `version` times;
  // `commit_lsn` is where it was said. Of key -1: the snapshot is done.
  std::uint64_t snapshot = 0;
  int key = 0;
  int version = 0;
  int context = 0;           // of its account, where its rule joins that; 0: not known
  bool of_context = false;   // not an event, but the context of account `key` (0: it is gone); -1:
                             // all are gone
  bool of_deletion = false;  // not an event, but what stays of account `key`
  bool of_fill = false;      // of a context: read at `commit_lsn`, before anything streams
  bool same_change(const EventRecord& other) const {
    return timeline == other.timeline && commit_lsn == other.commit_lsn &&
           ordinal == other.ordinal && index == other.index;
  }
};

std::string rules_hash(int rules);
std::vector<std::string> event_types_of(int rules);

struct Server {
  std::string address;
  std::uint32_t timeline = 1;
  // Where each timeline before its own was left.
  std::vector<capture::input::HistoryRead::Switch> history;
  bool in_recovery = false;  // a standby: its queries see a prefix of the WAL
  bool up = true;
  std::vector<Transaction> wal;
  std::vector<std::uint32_t> wal_timelines;  // of each transaction
  cdc::Lsn wal_end{0x1000};
  struct Slot {
    cdc::Lsn confirmed;
    int session = 0;  // that streams from it; 0: none
  };
  std::optional<Slot> slot;
  int lease_session = 0;
  // Transactions that queries do not see: they run, or their commit is in the WAL already.
  std::set<std::uint64_t> unseen;
  std::uint64_t next_xid = 0xFFFFFF00;  // near where the stream's numbers begin anew

  // From here on it gives its own commits, on a timeline of its own. Whoever is connected stays so.
  void promote();
  bool has(std::uint32_t commit_timeline, cdc::Lsn commit_lsn) const;

  std::uint64_t begin();
  // Appends a committed transaction with its rows interleaved with other WAL.
  void commit(Random& random, std::uint64_t xid, int rows_max);
  // How often a row was changed, as a query sees it now, or by the commits before a position.
  int version_seen(int key) const;
  int version_at(int key, cdc::Lsn position) const;
  // A row that nobody holds: its last change is seen. -1 when the one that was thought of is held.
  int free_key(Random& random) const;
  // WAL that concerns nobody.
  void write_noise(Random& random);
};

// A command of the control topic: its offset is its place in the list.
struct ControlCommand {
  bool new_rules = false;  // take the rules that lie on the disk then
  std::int64_t steps = 1;
  std::optional<capture::SnapshotChange::Kind> snapshot;
};

// The event log. Topics of events, decisions and checkpoints, which capture writes, and of
// commands.
struct Log {
  std::vector<EventRecord> events;
  std::vector<EventRecord> decisions;
  std::vector<EventRecord> snapshot_rows;
  std::vector<EventRecord> context;
  std::vector<EventRecord> deletions;
  cdc::Lsn rows_said_at;  // of the last one
  std::vector<capture::Checkpoint> checkpoints;
  std::vector<ControlCommand> control;
  std::string broken;  // the first promise about rules and commands that was not kept
  bool away = false;
  bool fences = true;  // Kafka's way; else the embedded log's: a living holder keeps the writer
  int writer = 0;      // the id of the writer that may commit; 0: none
  int writer_process = 0;
  int writer_counter = 0;
  // A commit that the broker has accepted and not yet carried out, though its client was told that
  // nobody knows.
  struct Late {
    int writer = 0;
    std::vector<EventRecord> records;
    capture::Checkpoint checkpoint;
  };
  std::optional<Late> late;

  void apply(const std::vector<EventRecord>& records, const capture::Checkpoint& checkpoint);
  void judge_rules(const EventRecord& event, const capture::Checkpoint& checkpoint);
  void judge_decision(const EventRecord& decision);
  void judge_row(const EventRecord& row);
  void judge_deletions(const std::vector<EventRecord>& records);
  // Ends every older writer; what it left undecided is decided here.
  int open_writer(Random& random, int process);
};

}  // namespace wakestream::simulation
