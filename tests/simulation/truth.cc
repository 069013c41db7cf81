#include "tests/simulation/truth.h"

#include <algorithm>
#include <array>

namespace wakestream::simulation {

std::vector<EventRecord> truth_of(const Server& server, const capture::Checkpoint& checkpoint,
                                  bool has_context) {
  const auto& context = checkpoint.context;
  const auto joins_at = [&](cdc::Lsn commit_lsn) {
    return !has_context || (context && context->is_filled() && commit_lsn >= context->filled_at);
  };
  std::vector<EventRecord> truth;
  std::array<int, account_count> versions{};
  for (std::size_t at = 0; at < server.wal.size(); ++at) {
    const auto& transaction = server.wal[at];
    for (const auto& row : transaction.rows) {
      if (row.gives_context()) versions[static_cast<std::size_t>(row.key)] = row.version;
      if (transaction.commit_lsn < checkpoint.born_at) continue;
      EventRecord event;
      event.timeline = server.wal_timelines[at];
      event.commit_lsn = transaction.commit_lsn;
      event.ordinal = row.ordinal;
      const auto account = account_of(event.commit_lsn, row.ordinal);
      const auto known = context_of_version(account, versions[static_cast<std::size_t>(account)]);
      for (; event.index < row.record_count; ++event.index) {
        const bool joins = event.index == joining_index;
        if (joins && !joins_at(event.commit_lsn)) continue;
        event.context = has_context && joins ? known : 0;
        truth.push_back(event);
      }
    }
  }
  return truth;
}

std::size_t deletions_of(const Server& server, const capture::Checkpoint& checkpoint) {
  std::size_t count = 0;
  for (const auto& transaction : server.wal) {
    if (transaction.commit_lsn < checkpoint.born_at) continue;
    for (const auto& row : transaction.rows)
      if (row.gives_context() && deletes_account(row.version)) ++count;
  }
  return count;
}

bool may_have_waited(const Server& server, const EventRecord& event, const EventRecord& expected) {
  if (expected.context != 0) return false;
  const auto account = account_of(event.commit_lsn, event.ordinal);
  const auto gives_it = [&](const Row& row) {
    return row.key == account && row.ordinal > event.ordinal &&
           context_of_version(account, row.version) == event.context;
  };
  return std::any_of(server.wal.begin(), server.wal.end(), [&](const Transaction& transaction) {
    return transaction.commit_lsn == event.commit_lsn &&
           std::any_of(transaction.rows.begin(), transaction.rows.end(), gives_it);
  });
}

}  // namespace wakestream::simulation
