// One expression of PostgreSQL's parse tree -> an expression of the rule language, or a refusal
// with place and advice. Only what is listed is let through: a node, or a field of a node, that is
// not known here is refused.
#pragma once

#include "mapping/expression.h"
#include "mapping/sql_tree.h"

namespace wakestream::mapping {

// `wrapped` is the node in its kind: {"ColumnRef": {...}}.
Result<Expression> read_expression(const SqlErrors& errors, const SqlNode& wrapped);

}  // namespace wakestream::mapping
