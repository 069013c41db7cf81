// `wakestream status`: how the pipeline stands, whether it runs or not.
#pragma once

#include "app/config.h"

namespace wakestream::app {

struct StatusOptions {
  bool json = false;
};

// Prints it. Exit status: 0 well, 1 something needs a person, 75 it cannot tell.
int status_command(const Config& config, const StatusOptions& options);

}  // namespace wakestream::app
