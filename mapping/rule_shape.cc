#include "mapping/rule_shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "mapping/sql_name.h"
#include "mapping/sql_parts.h"

namespace wakestream::mapping {

namespace {

std::string operations_sql(const std::vector<std::string>& operations) {
  if (operations.size() == 1) return fmt::format("op = '{}'", operations[0]);
  std::string list;
  for (const auto& operation : operations) list += (list.empty() ? "'" : ", '") + operation + "'";
  return fmt::format("op IN ({})", list);
}

void add_watched(SqlDraft& draft, const ConditionShape& shape) {
  const bool several = shape.watched.size() > 1;
  const auto place = shape.watched.front().first();
  if (several) draft.add("(", place);
  bool first = true;
  for (const auto& column : shape.watched) {
    const auto name = quoted_name(column.text);
    if (!std::exchange(first, false)) draft.add(" OR ", place);
    draft.add(fmt::format("old.{0} IS DISTINCT FROM new.{0}", name), column.first());
  }
  if (several) draft.add(")", place);
}

// `op` and what is watched. Operations beside UPDATE need no change.
void add_change(SqlDraft& draft, const ConditionShape& shape, bool alone) {
  const auto place = shape.operations_place;
  auto others = shape.operations;
  std::erase(others, "UPDATE");
  if (shape.watched.empty()) {
    draft.add(operations_sql(shape.operations), place);
  } else if (others.empty()) {
    draft.add("op = 'UPDATE' AND ", place);
    add_watched(draft, shape);
  } else {
    if (!alone) draft.add("(", place);
    draft.add(operations_sql(others) + " OR (op = 'UPDATE' AND ", place);
    add_watched(draft, shape);
    draft.add(alone ? ")" : "))", place);
  }
}

}  // namespace

std::string_view name_behind_side(std::string_view column) {
  for (const std::string_view side : {"old.", "new.", "context."})
    if (column.starts_with(side) && column.size() > side.size()) return column.substr(side.size());
  return column;
}

std::string column_sql(std::string_view column, const std::vector<std::string>& operations) {
  const auto bare = name_behind_side(column);
  const auto name = quoted_name(bare);
  if (bare.size() < column.size())
    return std::string(column.substr(0, column.size() - bare.size())) + name;
  const bool deletes = operations.empty() || std::find(operations.begin(), operations.end(),
                                                       "DELETE") != operations.end();
  if (!deletes) return "new." + name;
  if (operations.size() == 1) return "old." + name;
  return fmt::format("CASE WHEN op = 'DELETE' THEN old.{0} ELSE new.{0} END", name);
}

bool has_condition(const ConditionShape& shape) {
  return !shape.operations.empty() || !shape.watched.empty() || !shape.when.text.empty();
}

SqlDraft condition_draft(const ConditionShape& shape) {
  SqlDraft draft;
  const bool change = !shape.operations.empty() || !shape.watched.empty();
  if (change) add_change(draft, shape, shape.when.text.empty());
  if (shape.when.text.empty()) return draft;
  const bool wrapped = change && joined_by("OR", shape.when.text).size() > 1;
  if (change) draft.add(wrapped ? " AND (" : " AND ", shape.when.first());
  draft.add(shape.when);
  // A comment at the end of the text ends here.
  draft.add(wrapped ? "\n)" : "", shape.when.first());
  return draft;
}

}  // namespace wakestream::mapping
