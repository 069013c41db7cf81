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

namespace {

class PublishRole final : public Role {
 public:
  PublishRole(const Config& config, Logger& logger, PublishPlan plan)
      : config_(config),
        logger_(logger),
        plan_(std::move(plan)),
        judge_({plan_.asked, plan_.keys, plan_.shapes, config.publish->consumer}, plan_.topics) {}

  int run(std::function<bool()> stop_requested) override {
    RetentionNotice retention(logger_, {});
    auto event_log = open_public_log(config_, plan_.topics.names(),
                                     [&retention](const auto& report) { retention.take(report); });
    if (!event_log) {
      logger_.error("log_invalid", event_log.error().message);
      return exit_problem;
    }
    publish::PublishOptions options;
    options.pipeline = config_.pipeline;
    options.incarnation = to_string(this_process());
    options.partition_count = config_.publish->partitions;
    options.retention = config_.publish->retention;
    options.may_create_topics = may_create_topics(config_);
    options.say = [this](const capture::action::Say& said) { log_notice(logger_, said); };
    options.stop_requested = std::move(stop_requested);
    logger_.info("publish_starting", "publishing starts",
                 {{"pipeline", config_.pipeline},
                  {"consumer", config_.publish->consumer},
                  {"policy", plan_.asked.hash()},
                  {"topics", std::to_string(plan_.topics.names().size())}});
    return publish::run_publish(**event_log, judge_, plan_.topics, std::move(options));
  }

 private:
  const Config& config_;
  Logger& logger_;
  const PublishPlan plan_;
  const publish::EventJudge judge_;
};

}  // namespace

std::unique_ptr<Role> load_publish_role(const Config& config, const mapping::RuleSet& rules,
                                        Logger& logger) {
  auto plan = plan_publish(config, rules);
  if (plan) return std::make_unique<PublishRole>(config, logger, std::move(*plan));
  for (const auto& problem : plan.error()) logger.error("publish_invalid", to_string(problem));
  return nullptr;
}

}  // namespace wakestream::app
