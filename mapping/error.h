// What can be wrong with a rule: found when its file is loaded, when it meets the live table, or
// when it meets a row.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace wakestream::mapping {

enum class ErrorKind {
  syntax,         // the file is not SQL
  unsupported,    // it is SQL, but outside the language of rules
  invalid_rule,   // the rule contradicts itself or another: a name twice, a type that does not fit
  unknown_table,  // the table is not in the publication
  unknown_column,
  not_sent,       // a value that the table's replica identity does not give
  type_mismatch,  // the column's type is not what the rule needs
  bad_value,  // a row's value for which the expression fails, as it would in PostgreSQL (a cast, a
              // number too large)
};

// `message` says what is wrong and what to do, and never holds a cell's value. Places that are not
// known are empty or 0.
struct Error {
  ErrorKind kind;
  std::string message;
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1, in characters
  std::string rule;
  std::string table;
  std::string table_column;
};

// "rules/customer.sql:12:9: ..." for a person.
std::string to_string(const Error& error);

template <class T>
using Result = tl::expected<T, Error>;

}  // namespace wakestream::mapping
