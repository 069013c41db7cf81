#include "app/deliver_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "emitters/http/recipe_reader.h"

namespace wakestream::app {

namespace {

// A file takes many events by one fsync.
constexpr std::size_t file_at_once_max = 1'000;
constexpr std::size_t requests_that_tell = 3;
constexpr std::size_t topic_at_once_max = 1'000;  // one transaction takes them

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class DeliverPlanner {
 public:
  DeliverPlanner(const Config& config, const mapping::RuleSet& rules, const policy::Policy& policy,
                 std::vector<yaml::Problem>& problems)
      : config_(config), types_(rules.event_types()), policy_(policy), problems_(problems) {}

  PlannedConsumer plan(const ConsumerConfig& consumer) {
    where_ = "consumers." + consumer.name.name;
    if (!policy_.consumer(consumer.name.name))
      say(consumer.name.place,
          fmt::format("{}: the policy has no such consumer{}: add it there, with its purpose and "
                      "what it is authorized for",
                      where_,
                      or_is_it(consumer.name.name, policy_.definition().consumer_names.names())));
    PlannedConsumer planned{.name = consumer.name.name};
    for (const auto& event : consumer.events) planned.types.insert(known_type(event, "events"));
    for (const auto& banner : consumer.banners) planned.banners.insert(known_banner(banner));
    planned.from_latest = consumer.from_latest;
    planned.shares = consumer.shares;
    planned.lanes = lanes(consumer, planned.types);
    if (consumer.replay) planned.replay = replay(*consumer.replay, planned.types);
    if (const auto* recipe = std::get_if<PlacedName>(&consumer.reached_by))
      load_recipe(*recipe, planned);
    else if (const auto* file = std::get_if<emitters::FileSettings>(&consumer.reached_by))
      take_file(*file, consumer, planned);
    else
      take_topic(std::get<OwnTopic>(consumer.reached_by), consumer, planned);
    planned.lanes = share_of(std::move(planned.lanes), planned.shares);
    return planned;
  }

 private:
  void say(const mapping::Place& place, std::string sentence) {
    problems_.push_back({config_.path, place.line, place.column, std::move(sentence), {}});
  }

  const std::string& known_type(const PlacedName& event, std::string_view key) {
    if (!has(types_, event.name))
      say(event.place, fmt::format("{}.{}: no rule makes events of type {}{}", where_, key,
                                   event.name, or_is_it(event.name, types_)));
    return event.name;
  }

  const std::string& known_banner(const PlacedName& banner) {
    const auto& known = policy_.definition().banners.names();
    if (!has(known, banner.name))
      say(banner.place, fmt::format("{}.banners: the policy has no banner {}{}", where_,
                                    banner.name, or_is_it(banner.name, known)));
    return banner.name;
  }

  deliver::LaneSettings lanes(const ConsumerConfig& consumer,
                              const std::set<std::string, std::less<>>& types) {
    using std::chrono::milliseconds;
    deliver::LaneSettings settings;
    settings.attempts_max = consumer.attempts;
    settings.pause_ms_min = milliseconds(consumer.first_pause).count();
    settings.pause_ms_max = milliseconds(consumer.longest_pause).count();
    settings.pace.rate_per_s = static_cast<double>(consumer.rate_per_s);
    settings.pace.burst = static_cast<double>(consumer.burst);
    settings.bulk = consumer.bulk;
    for (const auto& [event, then] : consumer.exhausted) {
      const auto& type = known_type(event, "exhausted");
      settings.exhausted[type] = then;
      if (!types.empty() && !types.contains(type))
        say(event.place, fmt::format("{}.exhausted: {} is not among its events", where_, type));
    }
    return settings;
  }

  deliver::ReplaySettings replay(const ConsumerConfig::Replay& replay,
                                 const std::set<std::string, std::less<>>& types) {
    deliver::ReplaySettings settings{.when = replay.schedule, .times_max = replay.times_max};
    settings.errors.insert(replay.errors.begin(), replay.errors.end());
    for (const auto& event : replay.types) {
      const auto& type = known_type(event, "replay.types");
      settings.types.insert(type);
      if (!types.empty() && !types.contains(type))
        say(event.place, fmt::format("{}.replay.types: {} is not among its events", where_, type));
    }
    return settings;
  }

  void load_recipe(const PlacedName& path, PlannedConsumer& planned) {
    auto recipe = emitters::load_recipe(path.name);
    if (!recipe) {
      // A recipe that several consumers share has its problems said once.
      if (recipes_refused_.insert(path.name).second)
        problems_.insert(problems_.end(), recipe.error().begin(), recipe.error().end());
      return;
    }
    planned.lanes.pace.at_once_max = recipe->network.in_flight_max;
    if (recipe->batch) {
      auto& pace = planned.lanes.pace;
      pace.at_once_step = recipe->batch->items_max;
      // One request that fails, or is refused together, does not make a receiver that is away.
      pace.breaker_failures =
          std::max(pace.breaker_failures, requests_that_tell * recipe->batch->items_max);
      if (planned.lanes.attempts_max < 2)
        say(path.place,
            fmt::format("{}.retries.attempts must be 2 or more, for its recipe has a batch: what "
                        "is refused together is tried again, each event alone",
                        where_));
    }
    planned.reached_by = std::move(*recipe);
  }

  void take_file(const emitters::FileSettings& file, const ConsumerConfig& consumer,
                 PlannedConsumer& planned) {
    planned.lanes.pace.at_once_max = file_at_once_max;
    planned.reached_by = file;
    const auto [first, is_new] = folders_.emplace(file.folder, consumer.name.name);
    if (!is_new)
      say(consumer.name.place,
          fmt::format("{}.file.folder is that of consumers.{} too: each needs one of its own",
                      where_, first->second));
  }

  // Nobody else may write there: not another consumer, and not who publishes.
  void take_topic(const OwnTopic& topic, const ConsumerConfig& consumer, PlannedConsumer& planned) {
    planned.lanes.pace.at_once_max = topic_at_once_max;
    planned.reached_by = topic;
    const auto& name = topic.name.name;
    const auto [first, is_new] = topics_.emplace(name, consumer.name.name);
    if (!is_new)
      say(topic.name.place,
          fmt::format("{}.topic is that of consumers.{} too: each needs one of its own", where_,
                      first->second));
    for (const auto& type : types_)
      if (name.starts_with(type.substr(0, type.find('.') + 1)))
        return say(topic.name.place,
                   fmt::format("{}.topic: topics that begin with {} are the public ones", where_,
                               type.substr(0, type.find('.') + 1)));
  }

  const Config& config_;
  std::vector<std::string> types_;
  const policy::Policy& policy_;
  std::vector<yaml::Problem>& problems_;
  std::string where_;
  std::set<std::string> recipes_refused_;
  std::map<std::string, std::string> folders_;  // whose each is
  std::map<std::string, std::string> topics_;
};

}  // namespace

// A rate of 0 is none.
deliver::LaneSettings share_of(deliver::LaneSettings whole, std::int32_t shares) {
  if (shares == 1) return whole;
  const auto part = [shares](double rate) { return rate > 0 ? std::max(1.0, rate / shares) : 0; };
  const auto count = static_cast<std::size_t>(shares);
  auto& pace = whole.pace;
  pace.rate_per_s = part(pace.rate_per_s);
  pace.burst = part(pace.burst);
  pace.at_once_max = std::max<std::size_t>(1, pace.at_once_max / count);
  pace.at_once_step = std::min(pace.at_once_step, pace.at_once_max);
  whole.bulk.rate_per_s = part(whole.bulk.rate_per_s);
  whole.window_events_max = std::max<std::size_t>(1, whole.window_events_max / count);
  whole.window_bytes_max /= count;
  return whole;
}

tl::expected<DeliverPlan, std::vector<yaml::Problem>> plan_deliver(const Config& config,
                                                                   const mapping::RuleSet& rules) {
  std::vector<yaml::Problem> problems;
  auto policy = plan_policy(config, rules, problems);
  if (!policy) return tl::make_unexpected(std::move(problems));
  std::vector<PlannedConsumer> consumers;
  consumers.reserve(config.consumers.size());
  DeliverPlanner planner(config, rules, policy->asked, problems);
  for (const auto& consumer : config.consumers) consumers.push_back(planner.plan(consumer));
  if (!problems.empty()) return tl::make_unexpected(std::move(problems));
  return DeliverPlan{std::move(*policy), std::move(consumers)};
}

}  // namespace wakestream::app
