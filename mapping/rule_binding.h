// One rule bound to one table as it is: for each operation that the rule can match, its condition
// and its fields, ready to be evaluated; or why it cannot be bound.
//
// What is refused here, because a row could otherwise give a wrong event or none:
//   unknown_column, type_mismatch   the table is not what the rule thinks
//   not_sent                        the replica identity leaves out a value that the rule reads
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cdc/relation.h"
#include "cdc/row_change.h"
#include "mapping/error.h"
#include "mapping/node.h"
#include "mapping/rule.h"

namespace wakestream::mapping {

inline constexpr std::array all_operations{cdc::Operation::insert, cdc::Operation::update,
                                           cdc::Operation::remove, cdc::Operation::truncate,
                                           cdc::Operation::snapshot};

struct BoundField {
  std::string key;  // `,"email":`, the first one with `{` for `,`
  Node value;
  std::size_t rule_field = 0;  // which of the rule's fields this is
};

// What a rule does with rows of one operation.
struct RulePlan {
  std::uint16_t rule_index = 0;
  const Rule* rule = nullptr;
  std::optional<Node> condition;  // none: every row matches
  std::optional<Node> bulk;       // none: no event is part of a bulk change
  std::vector<BoundField> fields;
  std::size_t account_field = 0;
  bool joins_context = false;
  bool condition_uses_context = false;
  std::string schema_version;
};

struct BoundRule {
  // By cdc::Operation; none where the rule matches no row.
  std::array<std::optional<RulePlan>, all_operations.size()> plans;
};

// Would every rule bind to them alike? A revision alone does not say so: a new stream counts from
// the start again.
bool same_description(const cdc::Relation& left, const cdc::Relation& right);

tl::expected<BoundRule, std::vector<Error>> bind_rule(const Rule& rule, std::uint16_t rule_index,
                                                      const cdc::Relation& relation);

}  // namespace wakestream::mapping
