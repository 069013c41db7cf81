// One view's statement, cut into what its fields and its condition were written as.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mapping/sql_token.h"

namespace wakestream::mapping {

// Of a statement that has been parsed, and found to be SELECT items FROM one table [WHERE ...].
class SqlParts {
 public:
  explicit SqlParts(std::string_view statement)
      : statement_(statement), tokens_(sql_tokens(statement)) {}

  // The item of the select list that starts at `start`, without its name (`named`: it has one).
  // `end` is where the next item starts, or the table behind FROM.
  std::string item(std::size_t start, std::size_t end, bool named) const;
  // What stands behind WHERE; `table` is where the table stands. Empty: there is none.
  std::string condition(std::size_t table) const;

 private:
  std::size_t first_at(std::size_t offset) const;  // the index of the first token from there on

  std::string_view statement_;
  std::vector<SqlToken> tokens_;
};

// The parts of a condition that this word, AND or OR, joins at the top, each as it was written.
std::vector<std::string> joined_by(std::string_view word, std::string_view condition);

}  // namespace wakestream::mapping
