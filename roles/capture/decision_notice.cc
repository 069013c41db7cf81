#include "roles/capture/decision_notice.h"

namespace wakestream::capture {

using action::Level;
using action::Say;

namespace {

Say of_rules(const Decision& decision) {
  const bool same = decision.rules_hash == decision.rules_hash_before;
  return {Level::info,
          "rules_reloaded",
          same ? "the rules were loaded anew, and mean what they meant before"
               : "new rules are in force",
          {{"since", cdc::to_string(decision.rules_since.lsn)},
           {"rules", decision.rules_hash},
           {"before", decision.rules_hash_before},
           {"who", decision.who},
           {"why", decision.why}}};
}

Say of_replay(const Decision& decision) {
  return {Level::info,
          "quarantine_replayed",
          decision.more ? "rows from quarantine were replayed; more follow"
                        : "rows from quarantine were replayed",
          {{"replayed", std::to_string(decision.counts.replayed)},
           {"no_event", std::to_string(decision.counts.no_event)},
           {"left", std::to_string(decision.counts.left)},
           {"id", decision.id},
           {"who", decision.who},
           {"why", decision.why}}};
}

Say of_snapshot(const Decision& decision) {
  const auto what = decision.command == Command::snapshot_start    ? "a snapshot has begun"
                    : decision.command == Command::snapshot_pause  ? "the snapshot is paused"
                    : decision.command == Command::snapshot_resume ? "the snapshot goes on"
                                                                   : "the snapshot is given up";
  return {Level::info,
          decision.command,
          what,
          {{"snapshot", std::to_string(decision.snapshot)},
           {"id", decision.id},
           {"who", decision.who},
           {"why", decision.why}}};
}

}  // namespace

Say said_of(const Decision& decision) {
  if (!decision.done) {
    return {Level::warning,
            "command_refused",
            "a command was refused, and nothing is changed: " + decision.reason,
            {{"command", decision.command}, {"id", decision.id}, {"who", decision.who}}};
  }
  if (decision.command == Command::reload_rules) return of_rules(decision);
  if (decision.command == Command::replay_quarantine) return of_replay(decision);
  if (decision.command.starts_with("snapshot_")) return of_snapshot(decision);
  const decltype(Say::fields) signature{
      {"who", decision.who}, {"why", decision.why}, {"id", decision.id}};
  if (decision.command == Command::forget_group)
    return {Level::info, "group_forgotten", "somebody let the log forget a consumer group",
            signature};
  return {Level::info, "values_shown", "somebody looked at values of rows in quarantine",
          signature};
}

}  // namespace wakestream::capture
