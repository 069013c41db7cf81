// Commands of the control topic, as the control reader hands them to the machine.
#include "tests/simulation/instance.h"

namespace wakestream::simulation {

namespace input = capture::input;

// As the control reader does it: what the next command needs is prepared, and given.
void Instance::look_for_command() {
  if (command_given_ || !machine_.takes_command() || connected_ == nullptr) return;
  const auto at = static_cast<std::size_t>(control_next_);
  if (at >= world_.log.control.size()) return;
  const auto& command = world_.log.control[at];
  command_ = {};
  command_.offset = control_next_;
  command_.step = control_step_;
  if (control_step_ + 1 < command.steps) command_.next_step = control_step_ + 1;
  command_.not_before = world_.random.chance(50) ? connected_->wal_end : cdc::Lsn{};
  command_rules_ = world_.rules_on_disk;
  if (command.snapshot)
    command_.snapshot = capture::SnapshotChange{*command.snapshot, "", {{"t.a", ""}}};
  if (command.new_rules)
    command_.rules = {rules_hash(command_rules_), event_types_of(command_rules_),
                      world_.has_context};
  command_given_ = true;
  answer_in(world_.random.between(1, 300), command_);
}

void Instance::apply_command(const capture::action::ApplyCommand& what) {
  if (command_.rules && what.refusal.empty()) rules_ = command_rules_;
  EventRecord decision;
  decision.command = static_cast<int>(command_.offset);
  decision.step = command_.step;
  sealed_.push_back(decision);
  feed(input::CommandApplied{1, 100});
}

}  // namespace wakestream::simulation
