#include "mapping/sql_expression.h"

#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <optional>

#include "mapping/account_context.h"
#include "mapping/function.h"
#include "mapping/nearest_name.h"
#include "mapping/sql_constant.h"
#include "mapping/sql_refusal.h"

namespace wakestream::mapping {

namespace {

// Deeper nesting is no rule that a person wrote, and every walk over an expression is a recursion.
constexpr int depth_max = 100;

// PostgreSQL's own limits.
constexpr std::int64_t numeric_length_max = 1'000;
constexpr std::int64_t varchar_length_max = 10'485'760;

constexpr std::string_view operations_text = "INSERT, UPDATE, DELETE, TRUNCATE or SNAPSHOT";

bool is_operation(std::string_view text) {
  return text == "INSERT" || text == "UPDATE" || text == "DELETE" || text == "TRUNCATE" ||
         text == "SNAPSHOT";
}

class Reader {
 public:
  explicit Reader(const SqlErrors& errors) : errors_(errors) {}

  Result<Expression> read(const SqlNode& wrapped) {
    const auto [kind, node] = typed(wrapped);
    if (node == nullptr) return refuse_empty();
    if (++depth_ > depth_max)
      return errors_.unsupported(
          *node, fmt::format("expressions nest at most {} deep: make it simpler", depth_max));
    auto expression = read_kind(kind, *node);
    --depth_;
    return expression;
  }

 private:
  using Kind = Expression::Kind;

  tl::unexpected<Error> refuse_empty() const {
    return errors_.refuse(ErrorKind::unsupported, errors_.place(0),
                          "an expression is missing here");
  }

  Expression make(Kind kind, const SqlNode& node) const {
    Expression expression;
    expression.kind = kind;
    expression.place = errors_.place_of(node);
    return expression;
  }

  Result<Expression> read_kind(std::string_view kind, const SqlNode& node) {
    if (kind == "ColumnRef") return read_column(node);
    if (kind == "A_Const") return read_constant(errors_, node);
    if (kind == "A_Expr") return read_operator(node);
    if (kind == "BoolExpr") return read_logic(node);
    if (kind == "NullTest") return read_null_test(node);
    if (kind == "BooleanTest") return read_boolean_test(node);
    if (kind == "CaseExpr") return read_case(node);
    if (kind == "CoalesceExpr")
      return with_args(make(Kind::coalesce, node), children(node, "args"));
    if (kind == "TypeCast") return read_cast(node);
    if (kind == "FuncCall") return read_call(node);
    if (kind == "CollateClause") return read_collate(node);
    if (kind == "MinMaxExpr")
      return with_args(
          make(text_child(node, "op") == "IS_LEAST" ? Kind::least : Kind::greatest, node),
          children(node, "args"));
    return errors_.unsupported(node, refusal_of(kind, node));
  }

  Result<Expression> with_args(Expression expression, const std::vector<const SqlNode*>& nodes) {
    for (const auto* item : nodes) {
      if (item == nullptr) return refuse_empty();
      auto arg = read(*item);
      if (!arg) return arg;
      expression.args.push_back(std::move(*arg));
    }
    return expression;
  }

  Result<Expression> read_column(const SqlNode& node) const {
    const auto names = name_list(node, "fields");
    if (names.size() == 1 && names[0] == "op") return make(Kind::operation, node);
    if (!names.empty() && names.back().empty())
      return errors_.unsupported(
          node, "* is not part of the rule language: an event's fields are named one by one");
    if (names.size() == 1 && (names[0] == "old" || names[0] == "new"))
      return errors_.unsupported(
          node, fmt::format("{0} is the whole row: name a column of it, {0}.account_id", names[0]));
    if (names.size() == 2 && names[0] == "context") return read_context_column(node, names[1]);
    if (names.size() != 2 || (names[0] != "old" && names[0] != "new"))
      return errors_.refuse(ErrorKind::unknown_column, errors_.place_of(node),
                            fmt::format("a column is new.{0} or old.{0}, as in a trigger",
                                        names.empty() ? std::string_view{} : names.back()));
    auto column = make(Kind::column, node);
    column.of_old = names[0] == "old";
    column.text = names[1];
    return column;
  }

  Result<Expression> read_context_column(const SqlNode& node, std::string_view name) const {
    if (!context_column(name)) {
      const auto nearest = nearest_name(name, context_columns);
      return errors_.refuse(
          ErrorKind::unknown_column, errors_.place_of(node),
          fmt::format("the account context has no {}{}: it has banner, parent, jurisdiction and "
                      "consent; the account's id is in the row",
                      name, nearest.empty() ? "" : fmt::format(" (is it {}?)", nearest)));
    }
    auto column = make(Kind::context_column, node);
    column.text = name;
    return column;
  }

  Result<Expression> read_operator(const SqlNode& node) {
    const auto kind = text_child(node, "kind");
    const auto names = name_list(node, "name");
    const auto name = names.empty() ? std::string_view{} : names.back();
    if (names.size() != 1) return errors_.unsupported(node, "write operators without a schema");
    if (kind == "AEXPR_OP") return read_plain_operator(node, name);
    if (kind == "AEXPR_DISTINCT") return read_comparison(node, Comparison::distinct);
    if (kind == "AEXPR_NOT_DISTINCT") return read_comparison(node, Comparison::not_distinct);
    if (kind == "AEXPR_IN") return read_list(node, name == "=" ? Kind::in : Kind::not_in);
    if (kind == "AEXPR_BETWEEN") return read_list(node, Kind::between);
    if (kind == "AEXPR_NOT_BETWEEN") return read_list(node, Kind::not_between);
    if (kind == "AEXPR_NULLIF") return read_pair(make(Kind::null_if, node), node);
    if (kind == "AEXPR_LIKE") return read_operator_call(node, name);
    if (kind == "AEXPR_ILIKE" || kind == "AEXPR_SIMILAR")
      return errors_.unsupported(
          node,
          "ILIKE and SIMILAR TO are not part of the rule language: write lower(x COLLATE "
          "\"C\") LIKE 'pattern'");
    if (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL")
      return errors_.unsupported(node,
                                 "ANY and ALL are not part of the rule language: write IN (...)");
    return errors_.unsupported(
        node,
        fmt::format("{} is not part of the rule language (docs/rules.md lists what is)", name));
  }

  Result<Expression> read_plain_operator(const SqlNode& node, std::string_view name) {
    if (name == "=") return read_comparison(node, Comparison::equal);
    if (name == "<>") return read_comparison(node, Comparison::not_equal);
    if (name == "<") return read_comparison(node, Comparison::less);
    if (name == "<=") return read_comparison(node, Comparison::less_or_equal);
    if (name == ">") return read_comparison(node, Comparison::greater);
    if (name == ">=") return read_comparison(node, Comparison::greater_or_equal);
    if (name == "||") return read_pair(make(Kind::concatenate, node), node);
    if (name == "->") return read_pair(make(Kind::json_element, node), node);
    if (name == "->>") return read_pair(make(Kind::json_text, node), node);
    if (is_function(name)) return read_operator_call(node, name);
    return errors_.unsupported(
        node,
        fmt::format("operator {} is not part of the rule language (docs/rules.md lists what is)",
                    name));
  }

  Result<Expression> read_comparison(const SqlNode& node, Comparison comparison) {
    auto expression = make(Kind::compare, node);
    expression.comparison = comparison;
    auto read_args = read_pair(std::move(expression), node);
    if (!read_args) return read_args;
    if (auto problem = check_operation(read_args->args[0], read_args->args[1]))
      return tl::unexpected(*problem);
    if (auto problem = check_operation(read_args->args[1], read_args->args[0]))
      return tl::unexpected(*problem);
    return read_args;
  }

  Result<Expression> read_pair(Expression expression, const SqlNode& node) {
    return with_args(std::move(expression), {child(node, "lexpr"), child(node, "rexpr")});
  }

  Result<Expression> read_list(const SqlNode& node, Kind kind) {
    const auto list = typed_child(node, "rexpr");
    if (!list.is("List"))
      return errors_.unsupported(node, "a list of values is wanted here: IN ('a', 'b')");
    auto nodes = children(*list.node, "items");
    nodes.insert(nodes.begin(), child(node, "lexpr"));
    auto expression = with_args(make(kind, node), nodes);
    if (!expression) return expression;
    for (std::size_t index = 1; index < expression->args.size(); ++index)
      if (auto problem = check_operation(expression->args[0], expression->args[index]))
        return tl::unexpected(*problem);
    return expression;
  }

  // An operation that does not exist would make a rule that never matches, in silence.
  std::optional<Error> check_operation(const Expression& operation,
                                       const Expression& literal) const {
    if (operation.kind != Kind::operation || literal.kind != Kind::text ||
        is_operation(literal.text))
      return {};
    return errors_.error(ErrorKind::invalid_rule, literal.place,
                         fmt::format("op is never '{}': it is {}", literal.text, operations_text));
  }

  Result<Expression> read_logic(const SqlNode& node) {
    const auto name = text_child(node, "boolop");
    const auto kind = name == "AND_EXPR"  ? Kind::logical_and
                      : name == "OR_EXPR" ? Kind::logical_or
                                          : Kind::logical_not;
    return with_args(make(kind, node), children(node, "args"));
  }

  Result<Expression> read_null_test(const SqlNode& node) {
    const auto kind =
        text_child(node, "nulltesttype") == "IS_NULL" ? Kind::is_null : Kind::is_not_null;
    return with_args(make(kind, node), {child(node, "arg")});
  }

  // x IS TRUE is x IS NOT DISTINCT FROM true, and UNKNOWN is the NULL of booleans.
  Result<Expression> read_boolean_test(const SqlNode& node) {
    const auto test = text_child(node, "booltesttype");
    auto expression = make(Kind::compare, node);
    expression.comparison =
        test.starts_with("IS_NOT") ? Comparison::distinct : Comparison::not_distinct;
    auto read_args = with_args(std::move(expression), {child(node, "arg")});
    if (!read_args) return read_args;
    auto truth = make(Kind::boolean, node);
    truth.truth = test.ends_with("TRUE");
    if (test.ends_with("UNKNOWN")) {
      auto null = make(Kind::null, node);
      truth = make(Kind::cast, node);
      truth.cast_type = &types::boolean;
      truth.args.push_back(std::move(null));
    }
    read_args->args.push_back(std::move(truth));
    return read_args;
  }

  Result<Expression> read_case(const SqlNode& node) {
    const auto* value = child(node, "arg");
    auto nodes = std::vector<const SqlNode*>{};
    if (value != nullptr) nodes.push_back(value);
    for (const auto* when : children(node, "args")) {
      const auto branch = typed(*when);
      if (!branch.is("CaseWhen")) return refuse_empty();
      nodes.push_back(child(*branch.node, "expr"));
      nodes.push_back(child(*branch.node, "result"));
    }
    const auto* otherwise = child(node, "defresult");
    if (otherwise != nullptr) nodes.push_back(otherwise);
    auto expression =
        with_args(make(value != nullptr ? Kind::case_value : Kind::case_when, node), nodes);
    if (!expression) return expression;
    if (otherwise == nullptr) expression->args.push_back(make(Kind::null, node));
    if (value != nullptr)
      for (std::size_t index = 1; index + 1 < expression->args.size(); index += 2)
        if (auto problem = check_operation(expression->args[0], expression->args[index]))
          return tl::unexpected(*problem);
    return expression;
  }

  Result<Expression> read_operator_call(const SqlNode& node, std::string_view sign) {
    auto expression = make(Kind::call, node);
    expression.text = sign;
    if (child(node, "lexpr") == nullptr)
      return with_args(std::move(expression), {child(node, "rexpr")});
    return read_pair(std::move(expression), node);
  }

  Result<Expression> read_call(const SqlNode& node) {
    auto names = name_list(node, "funcname");
    if (names.size() == 2 && names[0] == "pg_catalog") names.erase(names.begin());
    const auto name = names.empty() ? std::string_view{} : names.back();
    if (names.size() != 1 || !is_function(name))
      return errors_.unsupported(node, refusal_of_function(name));
    for (const auto* part : {"agg_order", "agg_filter", "agg_within_group", "agg_star",
                             "agg_distinct", "func_variadic", "over"})
      if (child(node, part) != nullptr)
        return errors_.unsupported(
            node, fmt::format("{}() takes its arguments and nothing else in a rule", name));
    auto expression = make(Kind::call, node);
    expression.text = name;
    for (const auto* arg : children(node, "args"))
      if (typed(*arg).is("NamedArgExpr"))
        return errors_.unsupported(node, "write arguments without their names");
    return with_args(std::move(expression), children(node, "args"));
  }

  Result<Expression> read_collate(const SqlNode& node) {
    auto names = name_list(node, "collname");
    if (names.size() == 2 && names[0] == "pg_catalog") names.erase(names.begin());
    if (names.size() != 1 || names[0] != "C")
      return errors_.unsupported(node,
                                 "COLLATE \"C\" is the one collation of the rule language: it is "
                                 "the same on every server");
    return with_args(make(Kind::collate, node), {child(node, "arg")});
  }

  Result<Expression> read_cast(const SqlNode& node) {
    const auto* type_node = child(node, "typeName");
    if (type_node == nullptr) return refuse_empty();
    auto names = name_list(*type_node, "names");
    if (names.size() == 2 && names[0] == "pg_catalog") names.erase(names.begin());
    const bool plain = names.size() == 1 && child(*type_node, "arrayBounds") == nullptr &&
                       child(*type_node, "setof") == nullptr &&
                       child(*type_node, "pct_type") == nullptr;
    const auto* type = plain ? cast_target(names[0]) : nullptr;
    const auto lengths = children(*type_node, "typmods");
    if (type == nullptr || (!lengths.empty() && type != &types::numeric && names[0] != "varchar"))
      return errors_.unsupported(
          *type_node,
          "rules cast to text, varchar, boolean, smallint, integer, bigint, numeric, date, "
          "timestamp, timestamptz, interval and uuid; a length stands at varchar(20) and "
          "numeric(12, 2) alone");
    auto expression = make(Kind::cast, node);
    if (const auto* location = child(node, "location");
        location == nullptr || !location->IsInt() || location->GetInt() < 0)
      expression.place = errors_.place_of(*type_node);
    expression.cast_type = type;
    if (auto problem = read_lengths(lengths, expression)) return tl::unexpected(*problem);
    return with_args(std::move(expression), {child(node, "arg")});
  }

  std::optional<Error> read_lengths(const std::vector<const SqlNode*>& nodes, Expression& cast) {
    for (std::size_t at = 0; at < nodes.size(); ++at) {
      const auto number = read(*nodes[at]);
      if (!number) return number.error();
      const bool digits = cast.cast_type == &types::numeric;
      const std::int64_t low = at == 0 ? 1 : -numeric_length_max;
      const std::int64_t high = digits ? numeric_length_max : varchar_length_max;
      const auto value = number->kind == Kind::integer ? std::stoll(number->text)
                                                       : std::numeric_limits<std::int64_t>::max();
      if (value < low || value > high || at > (digits ? 1U : 0U))
        return errors_.error(ErrorKind::unsupported, number->place,
                             "a length is varchar(20), of at most 10485760 characters, or "
                             "numeric(12, 2), of at most 1000 digits");
      (at == 0 ? cast.length : cast.scale) = static_cast<int>(value);
    }
    return {};
  }

  const SqlErrors& errors_;
  int depth_ = 0;
};

}  // namespace

Result<Expression> read_expression(const SqlErrors& errors, const SqlNode& wrapped) {
  return Reader(errors).read(wrapped);
}

}  // namespace wakestream::mapping
