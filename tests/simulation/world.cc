#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wakestream::simulation {

namespace {

void note(std::string& broken, std::string what) {
  if (broken.empty()) broken = std::move(what);
}

}  // namespace

int last_version(const Transaction& transaction, int key) {
  int version = 0;
  for (const auto& row : transaction.rows)
    if (row.key == key) version = row.version;
  return version;
}

int account_of(cdc::Lsn commit_lsn, std::uint64_t ordinal) {
  return static_cast<int>((commit_lsn.value() / 8 + ordinal) % account_count);
}

bool deletes_account(int version) { return version % 5 == 1; }

int context_of_version(int account, int version) {
  if (deletes_account(version)) return 0;
  return version == 0 && account >= account_count / 2 ? 0 : version + 1;
}

std::string rules_hash(int rules) { return fmt::format("rules {}", rules); }
std::vector<std::string> event_types_of(int rules) {
  return {"customer.created", rules_hash(rules)};
}

std::uint64_t Random::next() {
  state_ ^= state_ << 13U;
  state_ ^= state_ >> 7U;
  state_ ^= state_ << 17U;
  return state_ * 0x2545F4914F6CDD1DULL >> 8U;
}

void Clock::at(std::int64_t time_ms, std::function<void()> what) {
  queue_.push({std::max(time_ms, now_ms_), counter_++, std::move(what)});
}

void Clock::run_until(std::int64_t end_ms) {
  while (!queue_.empty() && queue_.top().time_ms <= end_ms) {
    auto entry = queue_.top();
    queue_.pop();
    now_ms_ = entry.time_ms;
    entry.what();
  }
  now_ms_ = end_ms;
}

// What had not committed is rolled back, and the rest is seen.
void Server::promote() {
  history.push_back({timeline, wal_end});
  ++timeline;
  in_recovery = false;
  unseen.clear();
}

// A commit at or behind the point where its timeline was left never happened here.
bool Server::has(std::uint32_t commit_timeline, cdc::Lsn commit_lsn) const {
  return std::none_of(history.begin(), history.end(), [&](const auto& left) {
    return left.timeline == commit_timeline && commit_lsn >= left.switch_point;
  });
}

std::uint64_t Server::begin() {
  unseen.insert(next_xid);
  return next_xid++;
}

// Whoever changes a row waits for whoever changed it before, so what is seen of a key is a
// beginning of what happened to it.
int Server::version_seen(int key) const {
  for (auto transaction = wal.rbegin(); transaction != wal.rend(); ++transaction)
    if (!unseen.contains(transaction->xid))
      if (const int version = last_version(*transaction, key); version > 0) return version;
  return 0;
}

int Server::version_at(int key, cdc::Lsn position) const {
  for (auto transaction = wal.rbegin(); transaction != wal.rend(); ++transaction)
    if (transaction->commit_lsn < position)
      if (const int version = last_version(*transaction, key); version > 0) return version;
  return 0;
}

int Server::free_key(Random& random) const {
  const int key = static_cast<int>(random.below(key_count));
  const bool locked = std::any_of(wal.begin(), wal.end(), [&](const Transaction& transaction) {
    return unseen.contains(transaction.xid) && last_version(transaction, key) > 0;
  });
  return locked ? -1 : key;
}

void Server::commit(Random& random, std::uint64_t xid, int rows_max) {
  Transaction transaction;
  transaction.xid = xid;
  // A row lies anywhere before its commit: also before the commits of transactions that came first.
  const auto back = static_cast<std::uint64_t>(random.below(400));
  auto row_lsn = wal_end.value() > back + 0x1000 ? wal_end.value() - back : wal_end.value();
  const auto row_count = random.chance(15) ? random.between(1, rows_max) : random.between(1, 4);
  const bool mapped = random.chance(80);
  for (std::int64_t row = 1; row <= row_count; ++row) {
    int key = free_key(random);
    if (!mapped && key < account_count) key = -1;  // no rule cares about it, nor the context
    const int before =
        std::max(last_version(transaction, key), version_at(key, cdc::Lsn{UINT64_MAX}));
    transaction.rows.push_back({static_cast<std::uint64_t>(row), cdc::Lsn{row_lsn},
                                mapped ? static_cast<int>(random.below(3)) : 0, key,
                                random.chance(80), before + 1});
    if (!random.chance(20))
      row_lsn += static_cast<std::uint64_t>(random.between(8, 60));  // else: one COPY, one LSN
  }
  const auto commit =
      std::max(row_lsn, wal_end.value()) + static_cast<std::uint64_t>(random.between(8, 40));
  transaction.commit_lsn = cdc::Lsn{commit};
  transaction.end_lsn = cdc::Lsn{commit + 48};
  wal_end = transaction.end_lsn;
  wal.push_back(std::move(transaction));
  wal_timelines.push_back(timeline);
}

void Server::write_noise(Random& random) {
  wal_end = cdc::Lsn{wal_end.value() + static_cast<std::uint64_t>(random.between(8, 600))};
}

// An account that is gone from the context is on record as deleted, in one transaction of the log.
void Log::judge_deletions(const std::vector<EventRecord>& records) {
  const auto same = [](const EventRecord& one, const EventRecord& other) {
    return one.of_deletion && one.key == other.key && one.same_change(other);
  };
  for (const auto& record : records) {
    const bool tombstone = record.of_context && record.key >= 0 && record.context == 0;
    if (!tombstone && !record.of_deletion) continue;
    const auto count = [&](const std::vector<EventRecord>& where) {
      return std::count_if(where.begin(), where.end(),
                           [&](const EventRecord& one) { return same(one, record); });
    };
    if (count(records) == 1 && count(deletions) == 0) continue;
    note(broken,
         fmt::format("the deletion of account {} by commit {} is {} times in the log "
                     "transaction that forgets it, and {} times before it",
                     record.key, to_string(record.commit_lsn), count(records), count(deletions)));
  }
}

void Log::apply(const std::vector<EventRecord>& records, const capture::Checkpoint& checkpoint) {
  judge_deletions(records);
  for (const auto& record : records) {
    if (record.of_context) {
      context.push_back(record);
    } else if (record.of_deletion) {
      deletions.push_back(record);
    } else if (record.snapshot > 0) {
      judge_row(record);
      snapshot_rows.push_back(record);
    } else if (record.command >= 0) {
      judge_decision(record);
      decisions.push_back(record);
    } else {
      if (record.commit_lsn < rows_said_at)
        note(broken, fmt::format("commit {} comes behind rows that were said at {}",
                                 to_string(record.commit_lsn), to_string(rows_said_at)));
      judge_rules(record, checkpoint);
      events.push_back(record);
    }
  }
  const auto& types = checkpoint.event_types;
  if (!checkpoints.empty()) {
    const auto& before = checkpoints.back().event_types;
    if (types.size() < before.size() || !std::equal(before.begin(), before.end(), types.begin()))
      note(broken, "an event type has lost its place in the registry");
  }
  checkpoints.push_back(checkpoint);
}

// The checkpoint says from which row on its rules hold; before it the rules of the last one held.
void Log::judge_rules(const EventRecord& event, const capture::Checkpoint& checkpoint) {
  const auto& since = checkpoint.rules_since;
  const bool before =
      event.commit_lsn < since.lsn || (event.commit_lsn == since.lsn && event.ordinal <= since.row);
  const auto& last = checkpoints.empty() ? checkpoint : checkpoints.back();
  const auto& expected = before ? last.rules_hash : checkpoint.rules_hash;
  if (rules_hash(event.rules) == expected) return;
  note(
      broken,
      fmt::format("commit {} row {} was mapped by {}, and the checkpoint says {} (since {} row {})",
                  to_string(event.commit_lsn), event.ordinal, rules_hash(event.rules), expected,
                  to_string(since.lsn), since.row));
}

// Every step of every command once, in order.
void Log::judge_decision(const EventRecord& decision) {
  int command = 0;
  std::int64_t step = 0;
  if (!decisions.empty()) {
    command = decisions.back().command;
    step = decisions.back().step + 1;
    if (step == control[static_cast<std::size_t>(command)].steps) {
      ++command;
      step = 0;
    }
  }
  if (decision.command == command && decision.step == step) return;
  note(broken,
       fmt::format("step {} of command {} was carried out where step {} of command {} was due",
                   decision.step, decision.command, step, command));
}

// Each row of a snapshot once, and the snapshot's end once, behind all of them.
void Log::judge_row(const EventRecord& row) {
  int rows = 0;
  for (const auto& other : snapshot_rows) {
    if (other.snapshot != row.snapshot) continue;
    if (other.key < 0 || other.key == row.key)
      note(broken, fmt::format("row {} of snapshot {} comes again", row.key, row.snapshot));
    ++rows;
  }
  if (row.key < 0 && rows != key_count)
    note(broken,
         fmt::format("snapshot {} is done with {} of {} rows", row.snapshot, rows, key_count));
  if (!events.empty() && events.back().commit_lsn >= row.commit_lsn)
    note(broken, fmt::format("a row was said at {}, behind commit {}", to_string(row.commit_lsn),
                             to_string(events.back().commit_lsn)));
  rows_said_at = row.commit_lsn;
}

int Log::open_writer(Random& random, int process) {
  if (late) {
    if (random.chance(50)) apply(late->records, late->checkpoint);
    late.reset();
  }
  writer = ++writer_counter;
  writer_process = process;
  return writer;
}

}  // namespace wakestream::simulation
