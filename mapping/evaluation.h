// A typed expression on a row change: PostgreSQL's three-valued logic, and a failure where
// PostgreSQL raises an error.
//
// AND and OR go from left to right and stop as soon as the outcome is known, as PostgreSQL's
// executor does. A value that was not sent fails, except where every value gives the same:
// `not_sent AND false` is false, and an unchanged TOAST value is never NULL.
#pragma once

#include "cdc/row_change.h"
#include "mapping/account_context.h"
#include "mapping/node.h"
#include "mapping/text_arena.h"
#include "mapping/value.h"

namespace wakestream::mapping {

// One row change; both must outlive it.
class Evaluation {
 public:
  // `context` is only asked by rules that join it; it must outlive this too.
  Evaluation(const cdc::RowChange& change, TextArena& arena,
             const AccountContext* context = nullptr)
      : change_(change), arena_(arena), context_(context) {}

  Value evaluate(const Node& node) const;

  // The column's value as it came. An old key that PostgreSQL left out because it did not change is
  // the new one, and an unchanged TOAST value is the old one where that came along.
  cdc::Value column(const Node& node) const {
    const auto& row = node.of_old ? change_.before : change_.after;
    if (node.column < row.size() && row[node.column].kind != cdc::Value::Kind::not_sent)
      return row[node.column];
    return missing_column(node);
  }

 private:
  cdc::Value missing_column(const Node& node) const;
  Value load(const Node& node) const;
  Value load_context(const Node& node) const;
  Value compare(const Node& node) const;
  Value compare_columns(const Node& node) const;
  Value both(const Node& node) const;
  Value either(const Node& node) const;
  Value null_test(const Node& node) const;
  Value choose(const Node& node) const;
  Value convert(const Node& node) const;
  Value json(const Node& node) const;
  Value call(const Node& node) const;
  Value extreme(const Node& node) const;

  const cdc::RowChange& change_;
  TextArena& arena_;
  const AccountContext* context_;
};

std::string_view name_of(cdc::Operation operation);
// Where there is no such row, its columns are NULL, as in a trigger.
constexpr bool has_old_row(cdc::Operation operation) {
  return operation == cdc::Operation::update || operation == cdc::Operation::remove;
}
constexpr bool has_new_row(cdc::Operation operation) {
  return operation != cdc::Operation::remove && operation != cdc::Operation::truncate;
}

// A literal's value.
Value value_of_literal(const Node& literal);

}  // namespace wakestream::mapping
