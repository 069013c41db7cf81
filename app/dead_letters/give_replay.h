// A replay, of letters or of the log, as whoever delivers to the consumer is asked for it.
#pragma once

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"
#include "roles/deliver/command.h"

namespace wakestream::app {

// Waits until it is done, and prints its id and how many letters it moved, as JSON.
int give_replay(const Config& config, deliver::Command command, const GiveOptions& options,
                Logger& logger);

}  // namespace wakestream::app
