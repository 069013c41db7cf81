// The program's commands. Each takes what it needs and returns the exit code: 0 done, 1 a problem
// to mend (said on stderr), 2 usage, 75 try again later.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/logging.h"

namespace wakestream::app {

inline constexpr int exit_done = 0;
inline constexpr int exit_problem = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_try_again = 75;

struct RunOptions {
  std::vector<std::string> roles;  // capture, publish; empty: all that the configuration has
};
// Runs until SIGTERM or SIGINT.
int run_command(const Config& config, const RunOptions& options, Logger& logger);

struct TailOptions {
  std::string topic = "events";   // the last part of a pipeline's topic name, or a full name
  std::string from = "earliest";  // or latest
  bool follow = false;
  std::optional<double> until_idle_s;
  std::optional<std::uint64_t> limit;
  bool pretty = false;
};
int tail_command(const Config& config, const TailOptions& options, Logger& logger);

}  // namespace wakestream::app
