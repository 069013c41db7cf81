#include "mapping/sql_refusal.h"

#include <fmt/format.h>

#include "mapping/function.h"

namespace wakestream::mapping {

std::string refusal_of_function(std::string_view name) {
  if (const auto advice = advice_for_function(name); !advice.empty())
    return fmt::format("function {}() is not part of the rule language: {}", name, advice);
  return fmt::format(
      "function {}() is not part of the rule language (docs/rules.md lists what is): use operators "
      "and CASE, or let the table hold the value in a generated column",
      name);
}

std::string refusal_of(std::string_view kind, const SqlNode&) {
  if (kind == "SQLValueFunction")
    return "the current time or user is not part of a change: the event carries the commit time as "
           "its own attribute";
  if (kind == "SubLink")
    return "a subquery reads the database late: a rule sees one row change and nothing else";
  if (kind == "ParamRef")
    return "parameters are not part of the rule language: write the value itself";
  if (kind == "A_ArrayExpr" || kind == "A_Indirection")
    return "arrays' and rows' elements are not part of the rule language: select the column whole";
  if (kind == "RowExpr")
    return "row values are not part of the rule language: name the columns one by one";
  return fmt::format("{} is not part of the rule language (docs/rules.md lists what is)", kind);
}

}  // namespace wakestream::mapping
