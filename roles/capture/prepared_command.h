// A command with everything that carrying it out needs.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mapping/account_context.h"
#include "mapping/rule_set.h"
#include "roles/capture/action.h"
#include "roles/capture/command.h"
#include "roles/capture/event_recorder.h"
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
  std::optional<SnapshotChange> snapshot;
  Decision decision;  // filled in by whoever carries it out
};

// What the machine is told of it.
input::CommandReady ready_of(const PreparedCommand& prepared);

// Carries the command out but for its rules: what it replays and the decision, which stays in
// `prepared`, go into the recorder's batch, which is `batch`. `in_force` are the rules until now;
// `context` is the account context as of now, for what is replayed.
void apply_command(PreparedCommand& prepared, const action::ApplyCommand& place,
                   const mapping::RuleSet& in_force, std::uint32_t epoch,
                   const std::string& decided_by, EventRecorder& recorder,
                   mapping::ContextLookup* context, const Topics& topics, RecordBatch& batch);

}  // namespace wakestream::capture
