// Are two values equal, given their text forms?
//
// Source: PostgreSQL documentation, "Character Types", "Numeric Types", "jsonb Containment and
// Existence"; proved against PostgreSQL by tests/integration/expression_oracle_test.cc.
#pragma once

#include <string_view>

#include "mapping/type.h"

namespace wakestream::mapping {

// For every Equality but `none` and `number`.
bool equal_texts(Equality equality, std::string_view left, std::string_view right);

}  // namespace wakestream::mapping
