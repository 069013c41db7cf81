// `wakestream rules reload`: the running capture takes the rules that the files hold now.
#pragma once

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"

namespace wakestream::app {

// Prints the decision as JSON.
int rules_reload_command(const Config& config, const GiveOptions& options, Logger& logger);

}  // namespace wakestream::app
