#include "roles/capture/prepared_command.h"

namespace wakestream::capture {

input::CommandReady ready_of(const PreparedCommand& prepared) {
  input::CommandReady ready;
  ready.offset = prepared.offset;
  ready.step = prepared.step;
  ready.not_before = prepared.not_before;
  if (prepared.replay) ready.next_step = prepared.replay->next_step;
  if (prepared.rules) ready.rules = {prepared.rules->hash(), prepared.rules->event_types()};
  return ready;
}

Decision decide(const PreparedCommand& prepared, const action::ApplyCommand& place,
                const mapping::RuleSet& in_force) {
  Decision decision;
  decision.id = prepared.command.id;
  decision.command = prepared.command.name;
  decision.who = prepared.command.who;
  decision.why = prepared.command.why;
  decision.done = prepared.refusal.empty();
  decision.more = prepared.replay && prepared.replay->next_step;
  decision.reason = prepared.refusal;
  decision.at = place.at;
  decision.rules_hash_before = in_force.hash();
  decision.rules_hash = prepared.rules ? prepared.rules->hash() : in_force.hash();
  decision.rules_since = place.rules_since;
  return decision;
}

}  // namespace wakestream::capture
