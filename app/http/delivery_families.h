// The metrics of deliveries. See metric_families.h.
#pragma once

#include <map>
#include <string>

#include "app/http/families.h"
#include "roles/deliver/deliver_facts.h"

namespace wakestream::app {

// By consumer; of a process that delivers to nobody the families have no samples.
using Deliveries = std::map<std::string, deliver::DeliverFacts>;

void add_deliveries(Families& out, const Deliveries& deliveries);

}  // namespace wakestream::app
