// Rules written as YAML: what wakestream reads as the same rules again. What YAML has no word for
// stands as an SQL expression in a string.
#pragma once

#include <span>
#include <string>

#include "mapping/rule.h"

namespace wakestream::mapping {

// A whole file.
std::string rules_as_yaml(std::span<const Rule> rules);

}  // namespace wakestream::mapping
