// `wakestream deletion show ACCOUNT`: is there a record that the account was deleted? For whoever
// must prove it. The account's id is asked for, and never in the log.
#pragma once

#include <string>

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::app {

struct DeletionOptions {
  std::string account;
  bool json = false;
};

// Exit codes: 0 said, whatever the answer is; 1 it cannot be said; 75 the log or the key store does
// not answer.
int deletion_command(const Config& config, const DeletionOptions& options, Logger& logger);

}  // namespace wakestream::app
