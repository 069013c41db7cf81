// `wakestream log`: the consumer groups of an embedded log, and how one that is gone is forgotten.
#pragma once

#include <string>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"

namespace wakestream::app {

struct LogOptions {
  bool json = false;
  std::string forget;  // the group; empty: list them
  bool yes = false;    // do it; else say what it would do
  bool dry_run = false;
  GiveOptions give;  // why
};

int log_command(const Config& config, const LogOptions& options, Logger& logger);

}  // namespace wakestream::app
