#include "app/rules_command.h"

#include "app/commands.h"
#include "app/config_loader.h"
#include "app/load_rules.h"
#include "app/output.h"
#include "mapping/rule_as_sql.h"
#include "mapping/rule_as_yaml.h"

namespace wakestream::app {

int rules_show_command(const std::string& config_path, const RulesShowOptions& options,
                       Logger& logger) {
  Config config;
  config.rules = options.files;
  if (config.rules.empty()) {
    auto loaded = load_config(config_path);
    if (!loaded) {
      for (const auto& problem : loaded.error()) logger.error("config_invalid", to_string(problem));
      return exit_problem;
    }
    config = std::move(*loaded);
  }
  const auto rules = load_rules(config, logger);
  if (!rules) return exit_problem;
  Output output;
  if (options.form == "yaml") {
    output.line() += mapping::rules_as_yaml(rules->rules());
    return exit_done;
  }
  bool first = true;
  for (const auto& rule : rules->rules()) {
    if (!std::exchange(first, false)) output.end_line();
    output.line() += mapping::rule_as_sql(rule);
  }
  return exit_done;
}

}  // namespace wakestream::app
