// A literal in PostgreSQL's tree as an expression.
#pragma once

#include "mapping/error.h"
#include "mapping/expression.h"
#include "mapping/sql_tree.h"

namespace wakestream::mapping {

Result<Expression> read_constant(const SqlErrors& errors, const SqlNode& node);

}  // namespace wakestream::mapping
