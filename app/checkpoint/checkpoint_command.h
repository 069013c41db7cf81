// `wakestream checkpoint`: the ways out of a refusal of the capture. `show` says what a start would
// do; `set`, `epoch` and `adopt-slot` say what they would cost, and do it when told to.
#pragma once

#include <string>

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::app {

struct CheckpointOptions {
  enum class Action { show, set, epoch, adopt_slot };
  Action action = Action::show;
  std::string lsn;  // of set
  bool yes = false;
  bool dry_run = false;  // the default, said
  std::string why;
  bool json = false;
};

// Exit codes: 0 shown or done (show: and a start would go on), 1 this is not the way (show: a start
// would refuse), 75 a capture runs, or one side does not answer.
int checkpoint_command(const Config& config, const CheckpointOptions& options, Logger& logger);

}  // namespace wakestream::app
