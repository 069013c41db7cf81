// The role that delivers, as the configuration wants it: loaded whole or not at all, then run, each
// consumer on a thread of its own.
#pragma once

#include <functional>
#include <memory>

#include "app/config.h"
#include "app/http/delivery_board.h"
#include "app/logging.h"
#include "app/role.h"
#include "mapping/rule_set.h"

namespace wakestream::app {

// Every problem of the policy, of the recipes and of what the configuration asks of them has been
// said when there is none. Reaches for no log and no receiver. `config`,
// `deliveries` and `logger` outlive it.
std::unique_ptr<Role> load_deliver_role(const Config& config, const mapping::RuleSet& rules,
                                        DeliveryBoard& deliveries, Logger& logger);

}  // namespace wakestream::app
