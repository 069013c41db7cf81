#include "roles/capture/timeline.h"

#include <algorithm>

namespace wakestream::capture {

std::optional<cdc::Lsn> left_at(std::span<const input::HistoryRead::Switch> switches,
                                std::uint32_t timeline) {
  const auto left = std::find_if(switches.begin(), switches.end(), [timeline](const auto& entry) {
    return entry.timeline == timeline;
  });
  if (left == switches.end()) return std::nullopt;
  return left->switch_point;
}

cdc::Lsn emitted_end(const Checkpoint& checkpoint) {
  return checkpoint.split ? std::max(checkpoint.emitted_through, checkpoint.split->commit_lsn)
                          : checkpoint.emitted_through;
}

bool emitted_is_gone(const Checkpoint& checkpoint, cdc::Lsn switch_point) {
  return checkpoint.emitted_through > switch_point ||
         (checkpoint.split && checkpoint.split->commit_lsn >= switch_point);
}

Checkpoint read_back_to(Checkpoint checkpoint, cdc::Lsn switch_point) {
  checkpoint.read_through = std::min(checkpoint.read_through, switch_point);
  checkpoint.born_at = std::min(checkpoint.born_at, switch_point);
  if (checkpoint.rules_since.lsn > switch_point) checkpoint.rules_since = {switch_point, 0};
  return checkpoint;
}

bool set_back(const Checkpoint& checkpoint, const input::Connected& server, cdc::Lsn wal_end) {
  return !server.in_recovery &&
         wal_end < std::max(checkpoint.read_through, checkpoint.emitted_through);
}

}  // namespace wakestream::capture
