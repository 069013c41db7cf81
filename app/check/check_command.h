// `wakestream check`: everything that `run` would need, and what mends what is missing.
#pragma once

#include <string>

namespace wakestream::check {

struct CheckOptions {
  bool json = false;
  bool fix = false;
};

// The exit code: 0 when there is no error (warnings and notes may be there) or with `fix`, else 1.
int check_command(const std::string& config_path, const CheckOptions& options);

}  // namespace wakestream::check
