// An error of the event log that ends a command: said with what to do, and as an exit status.
#pragma once

#include <string_view>

#include "app/logging.h"
#include "log/error.h"

namespace wakestream::app {

// `event` is the line's stable name. 75 when it may be gone later by itself (nobody answers,
// another process holds the writer), else 1.
int say_log_failure(Logger& logger, std::string_view event, const log::Error& error);

}  // namespace wakestream::app
