// The policy and what it is asked with, as the configuration names them: what every role needs that
// lets something out. Reaches for no log and no database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "mapping/rule_set.h"
#include "policy/key_ring.h"
#include "policy/policy.h"
#include "policy/rule_shapes.h"

namespace wakestream::app {

struct PolicyPlan {
  policy::Policy asked;
  policy::KeyRing keys;
  policy::EventShapes shapes;
};

// Nothing where the policy itself cannot be read. What else is wrong is in `problems` too, and then
// the plan is fit for nothing but to find the rest.
std::optional<PolicyPlan> plan_policy(const Config& config, const mapping::RuleSet& rules,
                                      std::vector<yaml::Problem>& problems);

// " (is it esp?)"; empty where no name is near.
std::string or_is_it(std::string_view name, const std::vector<std::string>& known);

}  // namespace wakestream::app
