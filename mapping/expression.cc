#include "mapping/expression.h"

#include <string_view>

namespace wakestream::mapping {

namespace {

std::string_view name_of(Expression::Kind kind) {
  using enum Expression::Kind;
  switch (kind) {
    case column:
      return "column";
    case context_column:
      return "context";
    case operation:
      return "op";
    case null:
      return "null";
    case text:
      return "text";
    case integer:
      return "integer";
    case decimal:
      return "decimal";
    case boolean:
      return "boolean";
    case compare:
      return "compare";
    case logical_and:
      return "and";
    case logical_or:
      return "or";
    case logical_not:
      return "not";
    case is_null:
      return "is_null";
    case is_not_null:
      return "is_not_null";
    case in:
      return "in";
    case not_in:
      return "not_in";
    case between:
      return "between";
    case not_between:
      return "not_between";
    case case_when:
      return "case_when";
    case case_value:
      return "case_value";
    case coalesce:
      return "coalesce";
    case concatenate:
      return "concatenate";
    case cast:
      return "cast";
    case json_element:
      return "json_element";
    case json_text:
      return "json_text";
    case call:
      return "call";
    case collate:
      return "collate";
    case greatest:
      return "greatest";
    case least:
      return "least";
    case null_if:
      return "null_if";
  }
  return {};
}

// With its length in front, so that no text can look like structure.
void append_counted(std::string_view text, std::string& out) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

}  // namespace

void append_normalized(const Expression& expression, std::string& out) {
  out += '(';
  out += name_of(expression.kind);
  switch (expression.kind) {
    case Expression::Kind::column:
      out += expression.of_old ? " old " : " new ";
      append_counted(expression.text, out);
      break;
    case Expression::Kind::context_column:
    case Expression::Kind::text:
    case Expression::Kind::integer:
    case Expression::Kind::decimal:
    case Expression::Kind::call:
      out += ' ';
      append_counted(expression.text, out);
      break;
    case Expression::Kind::boolean:
      out += expression.truth ? " true" : " false";
      break;
    case Expression::Kind::compare:
      out += ' ';
      out += std::to_string(static_cast<int>(expression.comparison));
      break;
    case Expression::Kind::cast:
      out += ' ';
      out += expression.cast_type->name;
      if (expression.length > 0)
        out +=
            '(' + std::to_string(expression.length) + ' ' + std::to_string(expression.scale) + ')';
      break;
    default:
      break;
  }
  for (const auto& arg : expression.args) {
    out += ' ';
    append_normalized(arg, out);
  }
  out += ')';
}

}  // namespace wakestream::mapping
