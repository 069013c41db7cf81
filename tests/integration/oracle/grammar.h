// The rule language as a typed grammar: which forms there are, of which types, and what stands at
// its leaves. The oracle's tests generate from it, and ask of each form that it was seen often
// enough.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wakestream::test::oracle {

// A column of the table on which expressions are tried, and its type's name as pg_typeof gives it.
// The `values` are literals without their quotes; rows are put together from them.
struct ColumnKind {
  std::string_view name;
  std::string_view type;
  std::vector<std::string_view> values;
  // Further ways to write a constant of that type, as SQL.
  std::vector<std::string_view> literals;
};

const std::vector<ColumnKind>& columns();
const ColumnKind& column_of_type(std::string_view type);

// One operator or construct over given types. {0}, {1} ... in the pattern are its arguments.
struct Form {
  std::string pattern;
  std::vector<std::string_view> args;
  std::string_view result;
  // May it fail for a row? Then not all of its arguments may be constants: PostgreSQL's planner
  // would evaluate it once for all rows, whether a row reaches it or not.
  bool may_fail = false;
  bool never_null = false;
  // An expression in which it fails for some row, where chance does not find one. VALUE stands for
  // a value of i2 that few new rows have.
  std::string fails_as = {};

  // "{0} < {1} (integer, bigint)"
  std::string name() const;
};

const std::vector<Form>& forms();

}  // namespace wakestream::test::oracle
