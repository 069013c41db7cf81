#include "app/load_rules.h"

#include "app/config_loader.h"

namespace wakestream::app {

std::optional<mapping::RuleSet> load_rules(const Config& config, Logger& logger) {
  auto rules = mapping::RuleSet::load(config.rules);
  if (rules) return std::move(*rules);
  for (const auto& error : rules.error()) logger.error("rule_invalid", mapping::to_string(error));
  return std::nullopt;
}

tl::expected<mapping::RuleSet, std::string> reload_rules(const Config& config) {
  std::string problems;
  const auto note = [&problems](const std::string& problem) {
    problems += (problems.empty() ? "" : "\n") + problem;
  };
  const auto now = load_config(config.path);
  if (!now) {
    for (const auto& problem : now.error()) note(to_string(problem));
    return tl::make_unexpected(problems);
  }
  auto rules = mapping::RuleSet::load(now->rules);
  if (rules) return std::move(*rules);
  for (const auto& error : rules.error()) note(mapping::to_string(error));
  return tl::make_unexpected(problems);
}

}  // namespace wakestream::app
