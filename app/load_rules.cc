#include "app/load_rules.h"

#include "app/config_loader.h"

namespace wakestream::app {

RulesOrErrors rules_of(const Config& config) {
  auto rules = mapping::RuleSet::load(config.rules);
  // Files that are looked at without a pipeline may be of one that has a context.
  const bool of_a_pipeline = !config.path.empty();
  if (!rules || config.context || !of_a_pipeline) return rules;
  auto errors = rules->refuse_context(
      "this pipeline knows no account context: wakestream.yaml has no section context "
      "(docs/context.md)");
  if (!errors.empty()) return tl::make_unexpected(std::move(errors));
  return rules;
}

std::optional<mapping::RuleSet> load_rules(const Config& config, Logger& logger) {
  auto rules = rules_of(config);
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
  auto rules = rules_of(*now);
  if (rules) return std::move(*rules);
  for (const auto& error : rules.error()) note(mapping::to_string(error));
  return tl::make_unexpected(problems);
}

}  // namespace wakestream::app
