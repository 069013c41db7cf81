// What the short words of a YAML rule mean, in SQL: its operations, its watched columns, and a
// column that is named without `old` or `new`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mapping/sql_draft.h"

namespace wakestream::mapping {

// `email` is the row as it is, or as it was when it is deleted; `new.email`, `old.email` and
// `context.banner` are what they are in SQL. `operations` are the rule's, upper case; none: all.
std::string column_sql(std::string_view column, const std::vector<std::string>& operations);

// What such a column is called without its side: email for old.email and context.email.
std::string_view name_behind_side(std::string_view column);

struct ConditionShape {
  std::vector<std::string> operations;  // upper case; none: all
  Place operations_place;
  std::vector<PlacedText> watched;  // columns: an UPDATE must change one of them
  PlacedText when;                  // SQL; empty: nothing more
};

bool has_condition(const ConditionShape& shape);

// The WHERE that it stands for.
SqlDraft condition_draft(const ConditionShape& shape);

}  // namespace wakestream::mapping
