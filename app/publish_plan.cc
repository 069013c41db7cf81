#include "app/publish_plan.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "mapping/nearest_name.h"

namespace wakestream::app {

namespace {

yaml::Problem no_consumer(const policy::Policy& policy, const std::string& consumer) {
  const auto& names = policy.definition().consumer_names.names();
  const auto nearest =
      mapping::nearest_name(consumer, std::vector<std::string_view>(names.begin(), names.end()));
  return {policy.file(),
          0,
          0,
          fmt::format("there is no consumer {}, who stands for the readers of the public topics{}: "
                      "add it, or name another one in publish.consumer",
                      consumer, nearest.empty() ? "" : fmt::format(" (is it {}?)", nearest)),
          {}};
}

}  // namespace

tl::expected<PublishPlan, std::vector<yaml::Problem>> plan_publish(const Config& config,
                                                                   const mapping::RuleSet& rules) {
  auto policy = policy::Policy::load(config.policy);
  if (!policy) return tl::make_unexpected(std::move(policy.error()));
  std::vector<yaml::Problem> problems;
  if (!policy->consumer(config.publish->consumer))
    problems.push_back(no_consumer(*policy, config.publish->consumer));
  auto keys = policy::KeyRing::open(*policy);
  if (!keys) problems.insert(problems.end(), keys.error().begin(), keys.error().end());
  auto shapes = shapes_of(*policy, rules);
  problems.insert(problems.end(), shapes.problems.begin(), shapes.problems.end());
  auto topics = publish::PublicTopics::make(policy->definition().banners.names(),
                                            rules.event_types(), config.publish->topic_names);
  if (!topics)
    for (auto& sentence : topics.error())
      problems.push_back({config.path, 0, 0, std::move(sentence), {}});
  if (!problems.empty()) return tl::make_unexpected(std::move(problems));
  return PublishPlan{std::move(*policy), std::move(*keys), std::move(shapes), std::move(*topics)};
}

}  // namespace wakestream::app
