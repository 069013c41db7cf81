// The fields that every event's payload carries, whatever its type.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/rule.h"

namespace wakestream::mapping {

enum class RuleForm : std::uint8_t { sql, yaml };

// A sentence for each that the rule does not have, with how to add it in that form.
std::vector<std::string> missing_fields(const Rule& rule, RuleForm form);

}  // namespace wakestream::mapping
