// What waits for a consumer, read out of the log: into a file of this machine, so that memory stays
// bounded however much it is.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/logging.h"
#include "log/event_log.h"
#include "roles/deliver/lane_store_file.h"
#include "roles/deliver/store_rebuild.h"

namespace wakestream::app {

struct WaitingLanes {
  std::unique_ptr<deliver::LaneStoreFile> store;  // gone with this
  deliver::Recorded recorded;
};

// Nothing: deliveries to it have not begun.
log::Result<std::optional<WaitingLanes>> read_lanes(log::EventLog& event_log,
                                                    const std::string& pipeline,
                                                    const std::string& consumer);

// Of a store that was gone through: did it fail meanwhile?
log::Result<void> is_sound(deliver::LaneStore& store);

// Says that they cannot be read; the exit code.
int say_unreadable(Logger& logger, const log::Error& error);

}  // namespace wakestream::app
