#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

namespace wakestream::simulation {

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

void Server::commit(Random& random, int rows_max) {
  Transaction transaction;
  // A row lies anywhere before its commit: also before the commits of transactions that came first.
  const auto back = static_cast<std::uint64_t>(random.below(400));
  auto row_lsn = wal_end.value() > back + 0x1000 ? wal_end.value() - back : wal_end.value();
  const auto row_count = random.chance(15) ? random.between(1, rows_max) : random.between(1, 4);
  const bool mapped = random.chance(80);
  for (std::int64_t row = 1; row <= row_count; ++row) {
    transaction.rows.push_back({static_cast<std::uint64_t>(row), cdc::Lsn{row_lsn},
                                mapped ? static_cast<int>(random.below(3)) : 0});
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

void Log::apply(const std::vector<EventRecord>& records, const capture::Checkpoint& checkpoint) {
  events.insert(events.end(), records.begin(), records.end());
  checkpoints.push_back(checkpoint);
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
