// What two policies say differently: which consumer gains or loses which field, and where.
#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/rule_shapes.h"

namespace wakestream::policy {

struct PolicyChange {
  std::string consumer;
  std::string event;
  std::string field;
  Action before = Action::withhold;
  Action after = Action::withhold;
  bool gains() const { return after < before; }
  // Where it is so, in any combination of these that has been met.
  std::set<std::string> banners;
  std::set<std::string> jurisdictions;
  std::set<ConsentState> consents;
};

// Over every consumer, banner and jurisdiction that either knows, every field of the rules' events
// and every consent, at one time. What one of them does not know is withheld there.
std::vector<PolicyChange> diff(const Policy& before, const EventShapes& shapes_before,
                               const Policy& after, const EventShapes& shapes_after,
                               std::chrono::sys_seconds at);

}  // namespace wakestream::policy
