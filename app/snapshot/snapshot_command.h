// `wakestream snapshot`: begin one, pause it, go on, give it up, or see how far it is. The capture
// that owns the pipeline carries it out.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"

namespace wakestream::app {

struct SnapshotOptions {
  std::string action;               // start, pause, resume, cancel or status
  std::vector<std::string> tables;  // of start; none: all that have rules for it
  std::string where;                // of start: SQL, on the rows of the one table
  std::string consumer;             // of start: for this one alone
  bool differences = false;         // of start: what was said already is left out
  bool json = false;                // of status
  bool follow = false;              // of start and status: show it until it is done
  GiveOptions give;
};

int snapshot_command(const Config& config, const SnapshotOptions& options, Logger& logger);

}  // namespace wakestream::app
