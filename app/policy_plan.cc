#include "app/policy_plan.h"

#include <fmt/format.h>

#include <utility>

#include "mapping/nearest_name.h"

namespace wakestream::app {

std::optional<PolicyPlan> plan_policy(const Config& config, const mapping::RuleSet& rules,
                                      std::vector<yaml::Problem>& problems) {
  const auto add = [&](const std::vector<yaml::Problem>& more) {
    problems.insert(problems.end(), more.begin(), more.end());
  };
  auto policy = policy::Policy::load(config.policy);
  if (!policy) {
    add(policy.error());
    return std::nullopt;
  }
  auto keys = policy::KeyRing::open(*policy);
  if (!keys) add(keys.error());
  auto shapes = shapes_of(*policy, rules);
  add(shapes.problems);
  return PolicyPlan{std::move(*policy), keys ? std::move(*keys) : policy::KeyRing(),
                    std::move(shapes)};
}

std::string or_is_it(std::string_view name, const std::vector<std::string>& known) {
  const auto nearest =
      mapping::nearest_name(name, std::vector<std::string_view>(known.begin(), known.end()));
  return nearest.empty() ? std::string() : fmt::format(" (is it {}?)", nearest);
}

}  // namespace wakestream::app
