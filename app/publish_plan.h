// What the role that publishes needs, made of the configuration, the rules and the policy: all of
// it, or every problem. Reaches for no log and no database.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "app/config.h"
#include "mapping/rule_set.h"
#include "policy/key_ring.h"
#include "policy/policy.h"
#include "policy/rule_shapes.h"
#include "roles/publish/public_topics.h"

namespace wakestream::app {

struct PublishPlan {
  policy::Policy asked;
  policy::KeyRing keys;
  policy::EventShapes shapes;
  publish::PublicTopics topics;
};

// `config` has a section publish.
tl::expected<PublishPlan, std::vector<yaml::Problem>> plan_publish(const Config& config,
                                                                   const mapping::RuleSet& rules);

}  // namespace wakestream::app
