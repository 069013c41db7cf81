// The rules that the configuration names, or every problem of theirs, said.
#pragma once

#include <optional>

#include "app/config.h"
#include "app/logging.h"
#include "mapping/rule_set.h"

namespace wakestream::app {

std::optional<mapping::RuleSet> load_rules(const Config& config, Logger& logger);

}  // namespace wakestream::app
