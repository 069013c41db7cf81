#include "app/publish_role.h"

#include <string>
#include <utility>

#include "app/commands.h"
#include "app/config_loader.h"
#include "app/incarnation.h"
#include "app/open_log.h"
#include "app/publish_plan.h"
#include "app/retention_notice.h"
#include "app/role_notice.h"
#include "roles/publish/publish_loop.h"

namespace wakestream::app {

struct PublishRole::State {
  State(const Config& of, Logger& to, PublishPlan by)
      : config(of),
        logger(to),
        plan(std::move(by)),
        judge({plan.asked, plan.keys, plan.shapes, config.publish->consumer}, plan.topics) {}

  const Config& config;
  Logger& logger;
  PublishPlan plan;
  publish::EventJudge judge;
};

std::unique_ptr<PublishRole> PublishRole::load(const Config& config, const mapping::RuleSet& rules,
                                               Logger& logger) {
  auto plan = plan_publish(config, rules);
  if (plan)
    return std::unique_ptr<PublishRole>(
        new PublishRole(std::make_unique<State>(config, logger, std::move(*plan))));
  for (const auto& problem : plan.error()) logger.error("publish_invalid", to_string(problem));
  return nullptr;
}

PublishRole::PublishRole(std::unique_ptr<State> state) : state_(std::move(state)) {}
PublishRole::~PublishRole() = default;

int PublishRole::run(std::function<bool()> stop_requested) {
  const auto& config = state_->config;
  auto& logger = state_->logger;
  RetentionNotice retention(logger, {});
  auto event_log = open_public_log(config, state_->plan.topics.names(),
                                   [&retention](const auto& report) { retention.take(report); });
  if (!event_log) {
    logger.error("log_invalid", event_log.error().message);
    return exit_problem;
  }
  publish::PublishOptions options;
  options.pipeline = config.pipeline;
  options.incarnation = to_string(this_process());
  options.partition_count = config.publish->partitions;
  options.retention = config.publish->retention;
  options.may_create_topics = may_create_topics(config);
  options.say = [&logger](const capture::action::Say& said) { log_notice(logger, said); };
  options.stop_requested = std::move(stop_requested);
  logger.info("publish_starting", "publishing starts",
              {{"pipeline", config.pipeline},
               {"consumer", config.publish->consumer},
               {"policy", state_->plan.asked.hash()},
               {"topics", std::to_string(state_->plan.topics.names().size())}});
  return publish::run_publish(**event_log, state_->judge, state_->plan.topics, std::move(options));
}

}  // namespace wakestream::app
