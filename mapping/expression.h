// An expression of a rule as it was written: names and literals, no types yet. Types come with the
// table that the rule meets (mapping/type_check.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/place.h"
#include "mapping/type.h"

namespace wakestream::mapping {

enum class Comparison : std::uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  distinct,
  not_distinct,
};

struct Expression {
  enum class Kind : std::uint8_t {
    column,          // `text` is its name, `of_old` says whose
    context_column,  // of the joined account context: `text` is its name
    operation,       // op
    null,            // NULL
    text,            // a quoted literal, whose type its neighbours decide: `text`
    integer,         // digits as written, with a sign: `text`
    decimal,         // digits with a fraction, or too many for bigint: `text`
    boolean,         // `truth`
    compare,         // args: left, right
    logical_and,     // args: two or more
    logical_or,      // args: two or more
    logical_not,     // args: one
    is_null,         // args: one
    is_not_null,     // args: one
    in,              // args: the value, then the list
    not_in,          // args: the value, then the list
    between,         // args: the value, low, high
    not_between,     // args: the value, low, high
    case_when,       // args: condition, result, ..., and last the ELSE
    case_value,      // args: the value, candidate, result, ..., and last the ELSE
    coalesce,        // args: one or more
    concatenate,     // args: left, right
    cast,            // args: one; `cast_type`, and `length` and `scale` if it has them
    json_element,    // ->  args: left, right
    json_text,       // ->> args: left, right
    call,            // `text` is the function's name, or an operator's sign
    collate,         // args: one; COLLATE "C", there is no other
    greatest,        // args: one or more
    least,           // args: one or more
    null_if,         // args: two
  };

  Kind kind = Kind::null;
  Place place;
  bool of_old = false;
  bool truth = false;
  Comparison comparison = Comparison::equal;
  const Type* cast_type = nullptr;
  int length = 0;  // of characters, or digits; 0: none is given
  int scale = 0;   // the digits behind the point among them
  std::string text;
  std::vector<Expression> args;
};

// One form for all ways of writing the same thing: what rules are hashed by. Not meant to be
// parsed.
void append_normalized(const Expression& expression, std::string& out);

}  // namespace wakestream::mapping
