#include "mapping/context_use.h"

#include <fmt/format.h>

namespace wakestream::mapping {

namespace {

// The first column of the context in it; null: there is none.
const Expression* context_column_in(const Expression& expression) {
  if (expression.kind == Expression::Kind::context_column) return &expression;
  for (const auto& arg : expression.args)
    if (const auto* found = context_column_in(arg)) return found;
  return nullptr;
}

}  // namespace

std::vector<Error> check_context_use(const Rule& rule) {
  std::vector<Error> errors;
  const auto note = [&](const Expression& column, std::string message) {
    errors.push_back(error_at(rule, ErrorKind::invalid_rule, column.place, std::move(message)));
  };
  const auto check = [&](const Expression& expression) {
    const auto* column = context_column_in(expression);
    if (column != nullptr && !rule.joins_context)
      note(*column, fmt::format("context.{} is there only when the account's context is joined: "
                                "write JOIN context USING (account_id) behind the table; in YAML "
                                "join: context",
                                column->text));
  };
  for (const auto& field : rule.fields) {
    const auto* column = context_column_in(field.value);
    if (field.name == "account_id" && column != nullptr) {
      note(*column, "account_id says whose context is joined: it cannot come from the context");
    } else {
      check(field.value);
    }
  }
  if (rule.condition) check(*rule.condition);
  if (rule.bulk) check(*rule.bulk);
  return errors;
}

}  // namespace wakestream::mapping
