// How far a snapshot is, in one line for people and as a JSON object. No key, no other value.
#pragma once

#include <optional>
#include <string>

#include "roles/capture/snapshot_progress.h"

namespace wakestream::app {

// "none", or "3, graph.account: 1200 of about 40000 rows (3 %), then 2 more tables"
std::string snapshot_text(const std::optional<capture::SnapshotProgress>& snapshot);
// null when there is none
std::string snapshot_json(const std::optional<capture::SnapshotProgress>& snapshot);

}  // namespace wakestream::app
