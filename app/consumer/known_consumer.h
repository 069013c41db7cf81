// A consumer that somebody named on the command line.
#pragma once

#include <string>

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::app {

// Has the configuration such a consumer? Else that is said.
bool is_known_consumer(const Config& config, const std::string& name, Logger& logger);

}  // namespace wakestream::app
