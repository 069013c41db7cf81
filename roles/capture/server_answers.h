// What a session says of its server, in the machine's words.
#pragma once

#include <optional>
#include <vector>

#include "cdc/session/replication_session.h"
#include "roles/capture/input.h"

namespace wakestream::capture {

input::Connected connected_to(const cdc::ServerIdentity& server);
input::SlotFound found_slot(const std::optional<cdc::SlotState>& slot, cdc::Lsn wal_end);
input::HistoryRead read_history(const std::vector<cdc::TimelineSwitch>& switches);

}  // namespace wakestream::capture
