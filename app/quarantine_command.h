// `wakestream quarantine`: the rows that became no event of a rule, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"
#include "roles/capture/quarantine.h"

namespace wakestream::app {

struct QuarantineOptions {
  bool show = false;  // each row; else a line a cause
  bool json = false;
  capture::RowFilter filter;
  bool resolved = false;  // rows that were replayed as well
  std::optional<std::uint64_t> limit;
  bool values = false;
  GiveOptions give;
};

int quarantine_command(const Config& config, const QuarantineOptions& options, Logger& logger);

}  // namespace wakestream::app
