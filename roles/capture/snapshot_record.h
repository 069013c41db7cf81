// A snapshot's progress as a member of the checkpoint's JSON object.
#pragma once

#include <optional>
#include <string>

#include "roles/capture/json_record.h"
#include "roles/capture/snapshot_progress.h"

namespace wakestream::capture {

void put_snapshot(JsonWriter& json, const std::optional<SnapshotProgress>& snapshot);
std::optional<SnapshotProgress> read_snapshot(JsonMembers& members, std::string& problem);

}  // namespace wakestream::capture
