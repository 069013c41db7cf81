// Shows a snapshot until it is done: a bar a table on a terminal, log lines elsewhere.
#pragma once

#include <cstdint>
#include <optional>

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::app {

// Of the snapshot `number`; nothing: of the one that is under way. Returns the exit code: 0 done
// (or none is under way, or asked to end), 1 given up, 75 the log does not answer.
int follow_snapshot(const Config& config, std::optional<std::uint64_t> number, Logger& logger);

}  // namespace wakestream::app
