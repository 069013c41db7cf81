// What the role that delivers needs, made of the configuration, the rules, the policy and the
// recipes: all of it, or every problem. Reaches for no log, no database and no receiver.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "app/config.h"
#include "app/policy_plan.h"
#include "emitters/file/file_settings.h"
#include "emitters/http/recipe.h"
#include "roles/deliver/lanes.h"
#include "roles/deliver/replay_schedule.h"

namespace wakestream::app {

struct PlannedConsumer {
  std::string name;
  // What it subscribed to; empty: every one.
  std::set<std::string, std::less<>> types = {};
  std::set<std::string, std::less<>> banners = {};
  std::variant<emitters::Recipe, emitters::FileSettings, OwnTopic> reached_by = {};
  bool from_latest = false;
  std::int32_t shares = 1;
  // But for what a run decides: `urgent` and `seed`. Of one share, where there are several.
  deliver::LaneSettings lanes = {};
  std::optional<deliver::ReplaySettings> replay = {};
};

struct DeliverPlan : PolicyPlan {
  std::vector<PlannedConsumer> consumers;
};

// Of limits that are the consumer's, what one of `shares` has.
deliver::LaneSettings share_of(deliver::LaneSettings whole, std::int32_t shares);

// `config` has a section consumers.
tl::expected<DeliverPlan, std::vector<yaml::Problem>> plan_deliver(const Config& config,
                                                                   const mapping::RuleSet& rules);

}  // namespace wakestream::app
