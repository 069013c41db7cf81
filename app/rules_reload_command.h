// `wakestream rules reload`: the running capture takes the rules that the files hold now.
#pragma once

#include <CLI/CLI.hpp>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"

namespace wakestream::app {

// For every command that is given to a capture.
void add_give_options(CLI::App& app, GiveOptions& options);
void add_rules_reload(CLI::App& rules, GiveOptions& options);

// Prints the decision as JSON.
int rules_reload_command(const Config& config, const GiveOptions& options, Logger& logger);

}  // namespace wakestream::app
