// What the role that publishes needs, made of the configuration, the rules and the policy: all of
// it, or every problem. Reaches for no log and no database.
#pragma once

#include <tl/expected.hpp>
#include <vector>

#include "app/policy_plan.h"
#include "roles/publish/public_topics.h"

namespace wakestream::app {

struct PublishPlan : PolicyPlan {
  publish::PublicTopics topics;
};

// `config` has a section publish.
tl::expected<PublishPlan, std::vector<yaml::Problem>> plan_publish(const Config& config,
                                                                   const mapping::RuleSet& rules);

}  // namespace wakestream::app
