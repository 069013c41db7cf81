// The accounting of disclosures as people and programs read it.
#pragma once

#include <string>
#include <vector>

#include "app/audit/disclosure.h"

namespace wakestream::audit {

// A table of what was disclosed, and below it what was withheld, a line each consumer, type and
// reason. Ends with a line end; empty where there is nothing.
std::string as_table(const std::vector<Disclosure>& disclosures);

// A JSON object, in one line without its end.
std::string as_json(const Disclosure& disclosure);

}  // namespace wakestream::audit
