// `wakestream init`: looks at a database, and writes wakestream.yaml, rules.sql and prepare.sql.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/init/outputs.h"
#include "app/init/proposal.h"
#include "app/logging.h"

namespace wakestream::init {

struct InitOptions {
  std::string url;  // libpq's; empty is libpq's own default
  std::string folder = ".";
  bool yes = false;
  bool force = false;
  Choices choices;
  Naming naming;
};

// The exit code: 0 when the files are there as proposed (or were), 1 with a reason in words.
int init_command(const InitOptions& options, app::Logger& logger);

}  // namespace wakestream::init
