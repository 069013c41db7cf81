// A rule's expressions for one operation: op is then a constant, and so is every column of a row
// that the operation does not have. What follows from that is worked out once, when the rule is
// bound, and not for each row.
//
// Source: PostgreSQL documentation, "Trigger Functions" (OLD is null for INSERT, NEW for DELETE,
// both for TRUNCATE). A row of a snapshot is like one of an INSERT.
#pragma once

#include "cdc/row_change.h"
#include "mapping/node.h"

namespace wakestream::mapping {

// Constants are folded as PostgreSQL's planner folds them: `x AND false` is false, whatever x.
Node specialize(Node node, cdc::Operation operation);

// The same, where only "true" counts: a literal when the outcome is always or never true. In which
// order WHERE is evaluated is not specified, so what cannot be true is left out with the errors
// that it might raise.
Node specialize_condition(Node condition, cdc::Operation operation);

inline bool is_literal_true(const Node& node) {
  return node.kind == Node::Kind::literal && !node.is_null && node.number != 0;
}
inline bool is_never_true(const Node& condition) {
  return condition.kind == Node::Kind::literal && (condition.is_null || condition.number == 0);
}

}  // namespace wakestream::mapping
