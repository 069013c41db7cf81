#include "app/deliver_role.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/commands.h"
#include "app/config_loader.h"
#include "app/deliver_plan.h"
#include "app/incarnation.h"
#include "app/open_keys.h"
#include "app/open_log.h"
#include "app/role_notice.h"
#include "emitters/file/file_emitter.h"
#include "emitters/http/http_emitter.h"
#include "roles/deliver/deliver_loop.h"
#include "roles/deliver/receipt.h"
#include "roles/deliver/shares.h"
#include "roles/deliver/topics.h"
#include "roles/deliver/urgency.h"
#include "roles/reading/reading_role.h"

namespace wakestream::app {

namespace {

using keys::WhenMissing;

std::unique_ptr<emitters::Emitter> emitter_for(const PlannedConsumer& consumer) {
  if (const auto* recipe = std::get_if<emitters::Recipe>(&consumer.reached_by))
    return std::make_unique<emitters::HttpEmitter>(*recipe);
  if (const auto* file = std::get_if<emitters::FileSettings>(&consumer.reached_by))
    return std::make_unique<emitters::FileEmitter>(*file);
  return nullptr;  // the log itself is how it is reached
}

class DeliverRole final : public Role {
 public:
  DeliverRole(const Config& config, DeliveryBoard& deliveries, Logger& logger, DeliverPlan plan,
              std::string rules_hash)
      : config_(config),
        deliveries_(deliveries),
        logger_(logger),
        plan_(std::move(plan)),
        rules_hash_(std::move(rules_hash)) {}

  int run(std::function<bool()> stop_requested) override {
    auto event_log = open_log(config_);
    if (!event_log) {
      logger_.error("log_invalid", event_log.error().message);
      return exit_problem;
    }
    if (!get_key(**event_log)) return exit_problem;
    std::unique_ptr<deliver::AccountsNow> accounts;
    if (config_.context)
      accounts = std::make_unique<deliver::AccountsNow>(
          **event_log, config_.pipeline,
          context::StoreOptions{config_.context->store, config_.context->memory_bytes});
    std::vector<int> codes(plan_.consumers.size(), exit_done);
    std::vector<std::thread> threads;
    threads.reserve(plan_.consumers.size());
    for (std::size_t number = 0; number < plan_.consumers.size(); ++number) {
      threads.emplace_back([&, number] {
        codes[number] =
            deliver_whole(plan_.consumers[number], **event_log, accounts.get(), stop_requested);
      });
    }
    for (auto& thread : threads) thread.join();
    return *std::max_element(codes.begin(), codes.end());
  }

 private:
  // Made at the first start, the same for all instances from then on. Where receipts were written
  // already another one must not take its place: they would be nobody's any more.
  bool get_key(log::EventLog& event_log) {
    const auto store = open_key_store(config_);
    const auto name = deliver::receipt_key_name(config_.pipeline);
    auto key = store->get(name, WhenMissing::fail);
    if (!key && key.error().kind == keys::ErrorKind::missing && !are_receipts(event_log))
      key = store->get(name, WhenMissing::make);
    if (key) {
      key_ = std::move(*key);
      return true;
    }
    logger_.error("deliver_invalid", "the key of the receipts' pseudonyms: " + key.error().message);
    return false;
  }

  // Also where it cannot be known.
  bool are_receipts(log::EventLog& event_log) const {
    return std::ranges::any_of(plan_.consumers, [&](const PlannedConsumer& consumer) {
      const auto ends = event_log.end_offsets(
          deliver::Topics(config_.pipeline, consumer.name).receipts, reading::log_deadline);
      if (!ends) return ends.error().kind != log::ErrorKind::topic_missing;
      return std::ranges::any_of(*ends, [](std::int64_t end) { return end > 0; });
    });
  }

  // All of it, or what this instance is given of it.
  int deliver_whole(const PlannedConsumer& consumer, log::EventLog& event_log,
                    deliver::AccountsNow* accounts, const std::function<bool()>& stop_requested) {
    if (consumer.shares == 1) return deliver_to(consumer, {}, event_log, accounts, stop_requested);
    deliver::SharesOptions options;
    options.pipeline = config_.pipeline;
    options.consumer = consumer.name;
    options.incarnation = to_string(this_process());
    options.share_count = consumer.shares;
    options.event_partition_count = event_partitions(config_);
    options.may_create_topics = may_create_topics(config_);
    options.topic = own_topic(consumer);
    options.say = [this](const capture::action::Say& said) { log_notice(logger_, said); };
    options.stop_requested = stop_requested;
    return deliver::run_shares(
        event_log,
        [&](reading::Share share, const std::function<bool()>& share_is_to_stop) {
          const auto code = deliver_to(consumer, share, event_log, accounts, share_is_to_stop);
          deliveries_.ended(consumer.name, share.number);
          return code;
        },
        std::move(options));
  }

  int deliver_to(const PlannedConsumer& consumer, reading::Share share, log::EventLog& event_log,
                 deliver::AccountsNow* accounts, const std::function<bool()>& stop_requested) {
    const disclosure::Discloser discloser(plan_.asked, plan_.keys, plan_.shapes, consumer.name);
    const deliver::AttemptJudge judge(discloser, accounts, *key_,
                                      {.consumer = consumer.name,
                                       .rules_hash = rules_hash_,
                                       .subscription = {consumer.types, consumer.banners},
                                       .about_deletion = deliver::deletion_types()});
    const auto emitter = emitter_for(consumer);
    return deliver::run_deliver(event_log, judge, accounts, emitter.get(),
                                options_for(consumer, share, stop_requested));
  }

  static std::string own_topic(const PlannedConsumer& consumer) {
    const auto* topic = std::get_if<OwnTopic>(&consumer.reached_by);
    return topic != nullptr ? topic->name.name : std::string();
  }

  deliver::DeliverOptions options_for(const PlannedConsumer& consumer, reading::Share share,
                                      const std::function<bool()>& stop_requested) {
    deliver::DeliverOptions options;
    options.pipeline = config_.pipeline;
    options.consumer = consumer.name;
    options.incarnation = to_string(this_process());
    options.share = share;
    options.event_partition_count = event_partitions(config_);
    options.may_create_topics = may_create_topics(config_);
    options.topic = own_topic(consumer);
    options.store_memory_bytes /= static_cast<std::size_t>(share.count);
    options.from_latest = consumer.from_latest;
    if (!share.is_all()) options.begin_within = deliver::share_begins_within;
    options.lanes = consumer.lanes;
    options.replay = consumer.replay;
    options.lanes.urgent = [this](const log::StoredRecord& event) {
      return deliver::is_urgent(event, plan_.asked);
    };
    options.lanes.erasing = deliver::deletion_types();
    options.say = [this](const capture::action::Say& said) { log_notice(logger_, said); };
    options.watch = [this, name = consumer.name, share](const deliver::DeliverFacts& facts) {
      deliveries_.leave(name, share.number, facts);
    };
    options.stop_requested = stop_requested;
    return options;
  }

  const Config& config_;
  DeliveryBoard& deliveries_;
  Logger& logger_;
  const DeliverPlan plan_;
  std::optional<keys::Key> key_;  // of the receipts' pseudonyms
  const std::string rules_hash_;
};

}  // namespace

std::unique_ptr<Role> load_deliver_role(const Config& config, const mapping::RuleSet& rules,
                                        DeliveryBoard& deliveries, Logger& logger) {
  if (config.keys.folder.empty() && config.keys.command.empty()) {
    logger.error("deliver_invalid",
                 config.path +
                     ": keys is missing: with log.kafka and consumers it names the "
                     "folder, or the command, that has the key for the pseudonyms of "
                     "receipts; every instance must get the same one");
    return nullptr;
  }
  auto plan = plan_deliver(config, rules);
  if (!plan) {
    for (const auto& problem : plan.error()) logger.error("deliver_invalid", to_string(problem));
    return nullptr;
  }
  return std::make_unique<DeliverRole>(config, deliveries, logger, std::move(*plan), rules.hash());
}

}  // namespace wakestream::app
