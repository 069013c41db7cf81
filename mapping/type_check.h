// A rule meets a table: names become columns, expressions get types, and what PostgreSQL would
// refuse is refused.
#pragma once

#include <optional>
#include <vector>

#include "cdc/relation.h"
#include "mapping/error.h"
#include "mapping/node.h"
#include "mapping/rule.h"

namespace wakestream::mapping {

struct TypedRule {
  std::vector<Node> fields;  // as in the rule
  std::optional<Node> condition;
  std::optional<Node> bulk;
};

// All problems at once: unknown_column, type_mismatch, unsupported.
tl::expected<TypedRule, std::vector<Error>> resolve_types(const Rule& rule,
                                                          const cdc::Relation& relation);

// What is wrong whatever the table's columns are.
std::vector<Error> check_types(const Rule& rule);

}  // namespace wakestream::mapping
