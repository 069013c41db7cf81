// `wakestream consumer pause` and `resume`: whoever delivers to it stops sending, or goes on.
#pragma once

#include <string>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"

namespace wakestream::app {

struct ConsumerControlOptions {
  std::string consumer;
  GiveOptions give;
};

// Prints the decision, as JSON.
int consumer_pause_command(const Config& config, const ConsumerControlOptions& options,
                           Logger& logger);
int consumer_resume_command(const Config& config, const ConsumerControlOptions& options,
                            Logger& logger);

}  // namespace wakestream::app
