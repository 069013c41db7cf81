// A command with everything that carrying it out needs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mapping/rule_set.h"
#include "roles/capture/action.h"
#include "roles/capture/command.h"
#include "roles/capture/input.h"
#include "roles/capture/replay_source.h"

namespace wakestream::capture {

struct PreparedCommand {
  Command command;
  std::int64_t offset = -1;  // below 0: a signal
  std::int64_t step = 0;
  std::string refusal;  // why it cannot be done; then only the decision is written
  cdc::Lsn not_before;  // the server's end when its tables were looked at
  std::shared_ptr<const mapping::RuleSet> rules;  // to be in force
  std::optional<ReplayStep> replay;
  Decision decision;  // filled in by whoever carries it out
};

// What the machine is told of it.
input::CommandReady ready_of(const PreparedCommand& prepared);

// The decision, without counts and who decided. `in_force` are the rules until now.
Decision decide(const PreparedCommand& prepared, const action::ApplyCommand& place,
                const mapping::RuleSet& in_force);

}  // namespace wakestream::capture
