#include "mapping/sql_constant.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace wakestream::mapping {

namespace {

using Kind = Expression::Kind;

Expression make(const SqlErrors& errors, Kind kind, const SqlNode& node) {
  Expression expression;
  expression.kind = kind;
  expression.place = errors.place_of(node);
  return expression;
}

Result<Expression> read_integer(const SqlErrors& errors, const SqlNode& node,
                                const SqlNode& integer) {
  auto literal = make(errors, Kind::integer, node);
  if (const auto* value = child(integer, "ival"); value != nullptr && value->IsInt()) {
    literal.text = std::to_string(value->GetInt());
    return literal;
  }
  // libpg_query 15-4.0.0 leaves out every value that is not above zero; the source text still has
  // it.
  const auto written = errors.statement_text().substr(errors.offset_of(node));
  if (written.empty() || written[0] != '-') {
    literal.text = "0";
    return literal;
  }
  const auto start = std::min(written.find_first_not_of(" \t\r\n(", 1), written.size());
  const auto digits = written.substr(start, written.find_first_not_of("0123456789", start) - start);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || problem != std::errc())
    return errors.unsupported(node, "write a negative number with its digits next to its sign, -5");
  literal.text = std::to_string(-value);
  return literal;
}

Result<Expression> read_number(const SqlErrors& errors, const SqlNode& node,
                               std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size()) {
    auto literal = make(errors, Kind::decimal, node);
    literal.text = digits;
    return literal;
  }
  auto literal = make(errors, Kind::integer, node);
  literal.text = std::to_string(value);
  return literal;
}

}  // namespace

Result<Expression> read_constant(const SqlErrors& errors, const SqlNode& node) {
  if (child(node, "isnull") != nullptr) return make(errors, Kind::null, node);
  if (const auto* text = child(node, "sval")) {
    auto literal = make(errors, Kind::text, node);
    literal.text = text_child(*text, "sval");
    return literal;
  }
  if (const auto* truth = child(node, "boolval")) {
    auto literal = make(errors, Kind::boolean, node);
    literal.truth = child(*truth, "boolval") != nullptr;
    return literal;
  }
  if (const auto* integer = child(node, "ival")) return read_integer(errors, node, *integer);
  if (const auto* number = child(node, "fval"))
    return read_number(errors, node, text_child(*number, "fval"));
  return errors.unsupported(node, "bit strings are not part of the rule language");
}

}  // namespace wakestream::mapping
