// Asks log, database and process, each for a bounded time and all at once.
#pragma once

#include "app/config.h"
#include "app/status/status.h"

namespace wakestream::app {

Status gather_status(const Config& config);

}  // namespace wakestream::app
