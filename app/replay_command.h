// `wakestream replay`: the capture that owns the pipeline maps rows of the quarantine again, by the
// rules in force; or a consumer's deliveries try what was given up again, or send events of the log
// once more.
#pragma once

#include <string>

#include "app/config.h"
#include "app/dead_letters/replay_letters.h"
#include "app/dead_letters/replay_log.h"
#include "app/give_command.h"
#include "app/logging.h"
#include "roles/capture/quarantine.h"

namespace wakestream::app {

struct ReplayOptions {
  std::string from;    // "quarantine", "deadletter" or "log"
  std::string report;  // in its place: the id of a replay
  bool dry_run = false;
  GiveOptions give;
  // quarantine:
  capture::RowFilter filter;
  // deadletter and log:
  std::string consumer;
  deliver::LetterChoice choice;  // of the log without `error`
  // log:
  deliver::LogBound since;
  deliver::LogBound until;
  bool stop = false;
  std::uint64_t limit = 100;  // of the letters that a dry run names
};

int replay_command(const Config& config, const ReplayOptions& options, Logger& logger);

}  // namespace wakestream::app
