// An expression with its types: what is evaluated. Columns are numbers, literals are values, and
// what the language writes shortly (IN, BETWEEN, CASE x WHEN) is written out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapping/expression.h"
#include "mapping/function.h"
#include "mapping/type.h"
#include "mapping/value_order.h"

namespace wakestream::mapping {

enum class Conversion : std::uint8_t {
  relabel,    // the value as it is, under another type
  text_form,  // any type to text, where the cast is the text form itself
  integer_to_text,
  boolean_to_text,  // true, false
  trim_blanks,      // char(n) to text
  text_to_integer,
  text_to_boolean,
  narrow_integer,  // may be out of range
  boolean_to_integer,
  integer_to_boolean,
  text_to_numeric,
  numeric_to_integer,
  date_to_timestamp,
  timestamp_to_date,
  float_to_numeric,
  float_to_integer,
  limit_numeric,  // `number`: packed_limit
  limit_text,     // `number`: characters
};

struct Node {
  enum class Kind : std::uint8_t {
    literal,          // is_null, or `number` for integers and booleans, `text` for all others
    column,           // `of_old`, `column`
    context_column,   // of the account's context: `column`
    operation,        // op, as text
    compare,          // two args, by `comparison` and `equality`
    compare_columns,  // the same of two columns whose text forms are equal exactly when they are
    logical_and,
    logical_or,
    logical_not,
    is_null,
    is_not_null,
    case_when,  // condition, result, ..., else
    coalesce,
    concatenate,   // two args of text
    convert,       // one arg, by `conversion`
    json_element,  // ->  jsonb, and text or integer
    json_text,     // ->>
    call,          // `function`; NULL where an arg is
    greatest,      // of the args that are not NULL, by `order` or by their numbers
    least,
  };

  Kind kind = Kind::literal;
  Comparison comparison = Comparison::equal;
  Equality equality = Equality::bytes;
  Conversion conversion = Conversion::text_form;
  bool of_old = false;
  bool is_null = false;
  // A literal that stands for op, or for a column of a row that the operation does not have:
  // constant for us, and no constant for PostgreSQL.
  bool of_operation = false;
  bool collated_c = false;   // a text that COLLATE "C" stands at, or in
  std::uint32_t column = 0;  // in the relation
  const Function* function = nullptr;
  Order order = nullptr;  // of comparisons; none: by number, or only for equality
  const Type* type = nullptr;
  std::int64_t number = 0;
  std::string text;
  std::vector<Node> args;
  Place place;  // in the rule's file
};

inline Node literal_of(const Type& type, Place place) {
  Node node;
  node.type = &type;
  node.place = place;
  return node;
}

inline Node null_of(const Type& type, Place place) {
  auto node = literal_of(type, place);
  node.is_null = true;
  return node;
}

// Does the value hang on the row: is there a column or op in it?
bool depends_on_row(const Node& node);
// Is a column of the account's context in it?
bool uses_context(const Node& node);
std::size_t node_count(const Node& node);
// May it raise an error for some row, as PostgreSQL would? (A value that was not sent is none.)
bool may_raise(const Node& node);

}  // namespace wakestream::mapping
