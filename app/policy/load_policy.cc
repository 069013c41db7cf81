#include "app/policy/load_policy.h"

#include <fmt/format.h>

#include "app/config_loader.h"
#include "app/load_rules.h"
#include "policy/day.h"

namespace wakestream::app {

namespace {

void say(const std::vector<yaml::Problem>& problems, Logger& logger) {
  for (const auto& problem : problems) logger.error("policy_invalid", to_string(problem));
}

}  // namespace

std::optional<policy::Policy> load_policy(const std::string& path, Logger& logger) {
  auto policy = policy::Policy::load(path);
  if (policy) return std::move(*policy);
  say(policy.error(), logger);
  return std::nullopt;
}

std::optional<policy::EventShapes> load_shapes(const policy::Policy& policy,
                                               const std::string& config_path,
                                               const PolicyOptions& options, Logger& logger) {
  Config config;
  config.rules = options.rules;
  if (config.rules.empty()) {
    auto loaded = load_config(config_path);
    if (!loaded) {
      for (const auto& problem : loaded.error()) logger.error("config_invalid", to_string(problem));
      return std::nullopt;
    }
    config = std::move(*loaded);
  }
  const auto rules = load_rules(config, logger);
  if (!rules) return std::nullopt;
  auto shapes = shapes_of(policy, *rules);
  if (shapes.problems.empty()) return shapes;
  say(shapes.problems, logger);
  return std::nullopt;
}

std::optional<std::chrono::sys_seconds> time_asked(const PolicyOptions& options, Logger& logger) {
  if (options.at.empty())
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (const auto day = policy::parse_day(options.at)) return *day;
  logger.error("usage", "--at must be a day, such as 2026-01-01");
  return std::nullopt;
}

std::string day_text(std::chrono::sys_seconds at) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

}  // namespace wakestream::app
