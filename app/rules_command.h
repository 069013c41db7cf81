// `wakestream rules ...`: the rules themselves, not what they make.
#pragma once

#include <string>
#include <vector>

#include "app/logging.h"

namespace wakestream::app {

struct RulesShowOptions {
  std::string form = "sql";
  std::vector<std::string> files;  // none: those of the configuration
};

// `config_path` is read only when no files are named.
int rules_show_command(const std::string& config_path, const RulesShowOptions& options,
                       Logger& logger);

}  // namespace wakestream::app
