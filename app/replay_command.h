// `wakestream replay --from quarantine`: the capture that owns the pipeline maps rows of the
// quarantine again, by the rules in force.
#pragma once

#include <string>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"
#include "roles/capture/quarantine.h"

namespace wakestream::app {

struct ReplayOptions {
  std::string from = "quarantine";
  capture::RowFilter filter;
  bool dry_run = false;
  GiveOptions give;
};

int replay_command(const Config& config, const ReplayOptions& options, Logger& logger);

}  // namespace wakestream::app
