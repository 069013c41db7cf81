// The role that publishes, as the configuration wants it: loaded whole or not at all, then run.
#pragma once

#include <memory>

#include "app/config.h"
#include "app/logging.h"
#include "app/role.h"
#include "mapping/rule_set.h"

namespace wakestream::app {

// Every problem of the policy, of what the configuration asks of it and of the topics' names has
// been said when there is none. Reaches for no log. `config` and `logger` outlive it.
std::unique_ptr<Role> load_publish_role(const Config& config, const mapping::RuleSet& rules,
                                        Logger& logger);

}  // namespace wakestream::app
