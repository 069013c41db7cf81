#include "roles/capture/prepared_command.h"

#include "roles/capture/replay.h"
#include "roles/capture/wall_time.h"

namespace wakestream::capture {

input::CommandReady ready_of(const PreparedCommand& prepared) {
  input::CommandReady ready;
  ready.offset = prepared.offset;
  ready.step = prepared.step;
  ready.not_before = prepared.not_before;
  if (prepared.replay) ready.next_step = prepared.replay->next_step;
  ready.snapshot = prepared.snapshot;
  if (prepared.rules)
    ready.rules = {prepared.rules->hash(), prepared.rules->event_types(),
                   prepared.rules->joins_context()};
  return ready;
}

namespace {

Decision decide(const PreparedCommand& prepared, const action::ApplyCommand& place,
                const mapping::RuleSet& in_force) {
  Decision decision;
  decision.id = prepared.command.id;
  decision.command = prepared.command.name;
  decision.who = prepared.command.who;
  decision.why = prepared.command.why;
  const auto& refusal = prepared.refusal.empty() ? place.refusal : prepared.refusal;
  decision.done = refusal.empty();
  decision.more = prepared.replay && prepared.replay->next_step;
  decision.reason = refusal;
  decision.at = place.at;
  decision.rules_hash_before = in_force.hash();
  decision.rules_hash =
      prepared.rules && refusal.empty() ? prepared.rules->hash() : in_force.hash();
  decision.rules_since = place.rules_since;
  if (prepared.snapshot) decision.snapshot = place.snapshot;
  decision.where = prepared.command.where;
  decision.consumer = prepared.command.consumer;
  decision.differences = prepared.command.differences;
  return decision;
}

}  // namespace

void apply_command(PreparedCommand& prepared, const action::ApplyCommand& place,
                   const mapping::RuleSet& in_force, std::uint32_t epoch,
                   const std::string& decided_by, EventRecorder& recorder,
                   mapping::ContextLookup* context, const Topics& topics, RecordBatch& batch) {
  auto& decision = prepared.decision = decide(prepared, place, in_force);
  decision.decided_by = decided_by;
  decision.decided_at_ms = wall_ms();
  if (prepared.replay)
    decision.counts = replay(*prepared.replay, in_force, epoch, place.late, prepared.command.id,
                             context, recorder);
  batch.add(topics.decisions, 0, decision.decided_at_ms, decision.id, {},
            encode_decision(decision));
}

}  // namespace wakestream::capture
