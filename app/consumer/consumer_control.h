// `wakestream consumer pause` and `resume`: whoever delivers to it stops sending, or goes on; and
// `bootstrap`: the rows that are there already go to it, and to nobody else.
#pragma once

#include <string>
#include <vector>

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

struct ConsumerBootstrapOptions {
  std::string consumer;
  std::vector<std::string> tables;  // none: all that have rules for it
  std::string where;                // SQL, on the rows of the one table
  bool follow = false;              // show it until all rows are read
  GiveOptions give;
};

// Refused where deliveries to it have not begun: what changes between the rows and its beginning
// would be missed.
int consumer_bootstrap_command(const Config& config, const ConsumerBootstrapOptions& options,
                               Logger& logger);

}  // namespace wakestream::app
