// A rule written as SQL: what wakestream reads as the same rule again. Expressions stand as they
// were written, without their comments.
#pragma once

#include <string>

#include "mapping/rule.h"

namespace wakestream::mapping {

// The view, and a COMMENT for each thing that has one.
std::string rule_as_sql(const Rule& rule);

}  // namespace wakestream::mapping
