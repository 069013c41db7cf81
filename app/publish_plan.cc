#include "app/publish_plan.h"

#include <fmt/format.h>

#include <utility>

namespace wakestream::app {

namespace {

yaml::Problem no_consumer(const policy::Policy& policy, const std::string& consumer) {
  return {policy.file(),
          0,
          0,
          fmt::format("there is no consumer {}, who stands for the readers of the public topics{}: "
                      "add it, or name another one in publish.consumer",
                      consumer, or_is_it(consumer, policy.definition().consumer_names.names())),
          {}};
}

}  // namespace

tl::expected<PublishPlan, std::vector<yaml::Problem>> plan_publish(const Config& config,
                                                                   const mapping::RuleSet& rules) {
  std::vector<yaml::Problem> problems;
  auto policy = plan_policy(config, rules, problems);
  if (!policy) return tl::make_unexpected(std::move(problems));
  if (!policy->asked.consumer(config.publish->consumer))
    problems.push_back(no_consumer(policy->asked, config.publish->consumer));
  auto topics = publish::PublicTopics::make(policy->asked.definition().banners.names(),
                                            rules.event_types(), config.publish->topic_names);
  if (!topics)
    for (auto& sentence : topics.error())
      problems.push_back({config.path, 0, 0, std::move(sentence), {}});
  if (!problems.empty()) return tl::make_unexpected(std::move(problems));
  return PublishPlan{std::move(*policy), std::move(*topics)};
}

}  // namespace wakestream::app
