// `wakestream consumer list`: how each consumer of the configuration stands, as the log says.
#pragma once

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::app {

struct ConsumerListOptions {
  bool json = false;
};

int consumer_list_command(const Config& config, const ConsumerListOptions& options, Logger& logger);

}  // namespace wakestream::app
