#include "app/http/source_history.h"

namespace wakestream::app {

namespace {

constexpr std::size_t sample_count_max = 720;  // an hour, one in 5 s
constexpr std::int64_t rate_ms_min = 10'000;

}  // namespace

void SourceHistory::add(std::int64_t at_ms, cdc::Lsn wal_end) {
  // A new primary may begin before where the old one was: its log is another one.
  if (!samples_.empty() && wal_end < samples_.back().wal_end) samples_.clear();
  samples_.push_back({at_ms, wal_end});
  if (samples_.size() > sample_count_max) samples_.pop_front();
}

std::int64_t SourceHistory::last_at_or_before(cdc::Lsn position) const {
  for (auto sample = samples_.rbegin(); sample != samples_.rend(); ++sample) {
    if (sample->wal_end <= position) return sample->at_ms;
  }
  return 0;
}

bool SourceHistory::beyond(cdc::Lsn position, std::int64_t at_ms) const {
  for (auto sample = samples_.rbegin(); sample != samples_.rend(); ++sample) {
    if (sample->at_ms <= at_ms) return sample->wal_end > position;
  }
  return false;
}

std::optional<double> SourceHistory::bytes_per_second() const {
  if (samples_.size() < 2) return std::nullopt;
  const auto took_ms = samples_.back().at_ms - samples_.front().at_ms;
  if (took_ms < rate_ms_min) return std::nullopt;
  const auto bytes = samples_.back().wal_end.value() - samples_.front().wal_end.value();
  return static_cast<double>(bytes) * 1'000 / static_cast<double>(took_ms);
}

}  // namespace wakestream::app
