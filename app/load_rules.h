// The rules that the configuration names, or every problem of theirs, said.
#pragma once

#include <optional>

#include "app/config.h"
#include "app/logging.h"
#include "mapping/rule_set.h"

namespace wakestream::app {

using RulesOrErrors = tl::expected<mapping::RuleSet, std::vector<mapping::Error>>;

// Errors of the files, and of rules that join a context which the pipeline's configuration does not
// have.
RulesOrErrors rules_of(const Config& config);

// Each error is said.
std::optional<mapping::RuleSet> load_rules(const Config& config, Logger& logger);

// The same for a program that is running: reads the configuration's list of rule files anew too,
// and nothing else of it. The error is every problem, a line each.
tl::expected<mapping::RuleSet, std::string> reload_rules(const Config& config);

}  // namespace wakestream::app
