// `wakestream consumer ...`: a consumer's recipe tried on one event; no database, no log.
#pragma once

#include <string>

#include "app/logging.h"

namespace wakestream::app {

struct ConsumerTryOptions {
  std::string recipe;
  std::string event;  // a file whose first line is an event as tail or preview prints it; or -
  bool send = false;
};

// Prints the request as it would be sent, with *** for each secret. With `send` sends it once, says
// what came of it, and ends with 0 when it is delivered, 75 when it may be sent again, else 1.
int consumer_try_command(const ConsumerTryOptions& options, Logger& logger);

}  // namespace wakestream::app
