// The events that a pipeline's rules make, with their fields' tags: what a policy is asked about.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mapping/rule_set.h"
#include "policy/policy.h"
#include "yaml/problem.h"

namespace wakestream::policy {

struct EventShapes {
  std::map<std::string, EventShape, std::less<>> by_type;
  // What the policy speaks of and no rule makes: an event, a field. A rule that never holds would
  // be a hole.
  std::vector<yaml::Problem> problems;
  // "customer.created.points": fields that nobody may see, because nothing says what they are.
  std::vector<std::string> unknown_fields;
};

EventShapes shapes_of(const Policy& policy, const mapping::RuleSet& rules);

}  // namespace wakestream::policy
