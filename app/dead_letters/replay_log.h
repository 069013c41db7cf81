// `wakestream replay --from log`: whoever delivers to the consumer sends it events of the log once
// more; and what became of a replay.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/config.h"
#include "app/give_command.h"
#include "app/logging.h"
#include "roles/deliver/log_choice.h"

namespace wakestream::app {

// An LSN, or a day or time as audit::read_since has it; nothing: it is none of these.
std::optional<deliver::LogBound> read_bound(std::string_view text);

struct ReplayLogOptions {
  std::string consumer;
  deliver::LogChoice choice{};
  bool dry_run = false;
  bool stop = false;  // the one that is going on
  GiveOptions give{};
};

// Waits until all is moved into its lanes, not until it has gone out. A dry run prints how many
// events of each type it would be, and of how many accounts.
int replay_log_command(const Config& config, const ReplayLogOptions& options, Logger& logger);

// What became, up to now, of the events of the replay `id`, of either kind.
int replay_report_command(const Config& config, const std::string& consumer, const std::string& id,
                          Logger& logger);

}  // namespace wakestream::app
