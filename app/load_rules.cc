#include "app/load_rules.h"

namespace wakestream::app {

std::optional<mapping::RuleSet> load_rules(const Config& config, Logger& logger) {
  auto rules = mapping::RuleSet::load(config.rules);
  if (rules) return std::move(*rules);
  for (const auto& error : rules.error()) logger.error("rule_invalid", mapping::to_string(error));
  return std::nullopt;
}

}  // namespace wakestream::app
