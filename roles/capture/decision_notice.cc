#include "roles/capture/decision_notice.h"

namespace wakestream::capture {

action::Say said_of(const Decision& decision) {
  if (!decision.done) {
    return {action::Level::warning,
            "command_refused",
            "a command was refused, and nothing is changed: " + decision.reason,
            {{"command", decision.command}, {"id", decision.id}, {"who", decision.who}}};
  }
  const bool same = decision.rules_hash == decision.rules_hash_before;
  return {action::Level::info,
          "rules_reloaded",
          same ? "the rules were loaded anew, and mean what they meant before"
               : "new rules are in force",
          {{"since", cdc::to_string(decision.rules_since.lsn)},
           {"rules", decision.rules_hash},
           {"before", decision.rules_hash_before},
           {"who", decision.who},
           {"why", decision.why}}};
}

}  // namespace wakestream::capture
