#include "mapping/type_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mapping/account_context.h"
#include "mapping/coercion.h"
#include "mapping/nearest_name.h"
#include "mapping/type_checker.h"

namespace wakestream::mapping {

namespace {

// What IN, BETWEEN and CASE x WHEN write out may not grow without bound.
constexpr std::size_t nodes_max = 10'000;

}  // namespace

Result<Node> TypeChecker::check(const Expression& expression) {
  if (++node_count_ > nodes_max) return too_large(expression.place);
  switch (expression.kind) {
    using enum Expression::Kind;
    case column:
      return check_column(expression);
    case context_column: {
      const auto column = mapping::context_column(expression.text).value_or(ContextColumn::banner);
      const bool is_json = column == ContextColumn::consent;
      auto node = literal_of(is_json ? types::jsonb : types::text, expression.place);
      node.kind = Node::Kind::context_column;
      node.column = static_cast<std::uint32_t>(column);
      return node;
    }
    case operation: {
      auto node = literal_of(types::text, expression.place);
      node.kind = Node::Kind::operation;
      return node;
    }
    case null:
      return null_of(types::unknown, expression.place);
    case text: {
      auto node = literal_of(types::unknown, expression.place);
      node.text = expression.text;
      return node;
    }
    case integer: {
      auto node = literal_of(types::int4, expression.place);
      node.number = std::stoll(expression.text);
      if (node.number < types::int4.min || node.number > types::int4.max) node.type = &types::int8;
      return node;
    }
    case decimal: {
      auto node = literal_of(types::unknown, expression.place);
      node.text = expression.text;
      if (auto done = resolve_literal(node, types::numeric); !done)
        return mismatch(node.place, done.error());
      return node;
    }
    case boolean: {
      auto node = literal_of(types::boolean, expression.place);
      node.number = expression.truth ? 1 : 0;
      return node;
    }
    case cast:
      return check_cast(expression);
    case case_when:
    case case_value:
      return check_case(expression);
    default:
      break;
  }
  std::vector<Node> args;
  for (const auto& one : expression.args) {
    auto arg = check(one);
    if (!arg) return arg;
    args.push_back(std::move(*arg));
  }
  return check_with(expression, std::move(args));
}

Result<Node> TypeChecker::check_condition(const Expression& expression, std::string_view where) {
  auto node = check(expression);
  if (!node) return node;
  if (auto problem = want_boolean(*node, where)) return tl::unexpected(std::move(*problem));
  return node;
}

Result<Node> TypeChecker::check_field(const Field& field) {
  auto node = check(field.value);
  if (!node) return node;
  if (node->type->family == Family::unknown)
    if (auto resolved = resolve_literal(*node, types::text); !resolved)
      return mismatch(node->place, resolved.error());
  if (field.name != "account_id") return node;
  const auto& type = *node->type;
  const bool fits = type.family == Family::any || type.family == Family::string ||
                    type.family == Family::integer || type.name == "uuid";
  if (!fits)
    return mismatch(
        field.place,
        fmt::format("account_id is {}: it is the event's key, a text, an integer or a uuid",
                    type.name));
  return node;
}

Error TypeChecker::error(ErrorKind kind, Place place, std::string message) const {
  return error_at(rule_, kind, place, std::move(message));
}

tl::unexpected<Error> TypeChecker::mismatch(Place place, std::string message) const {
  return tl::unexpected(error(ErrorKind::type_mismatch, place, std::move(message)));
}

tl::unexpected<Error> TypeChecker::too_large(Place place) const {
  return tl::unexpected(error(
      ErrorKind::unsupported, place,
      "written out, this rule is too large: shorten its IN lists, BETWEEN and CASE ... WHEN"));
}

Result<Node> TypeChecker::check_column(const Expression& expression) const {
  auto node = literal_of(types::any, expression.place);
  node.kind = Node::Kind::column;
  node.of_old = expression.of_old;
  if (relation_ == nullptr) return node;
  const auto& columns = relation_->columns;
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const cdc::Column& column) {
    return column.name == expression.text;
  });
  if (found == columns.end()) return unknown_column(expression);
  node.column = static_cast<std::uint32_t>(found - columns.begin());
  node.type = &type_of_oid(found->type_oid);
  return node;
}

tl::unexpected<Error> TypeChecker::unknown_column(const Expression& expression) const {
  std::vector<std::string_view> names;
  names.reserve(relation_->columns.size());
  for (const auto& column : relation_->columns) names.push_back(column.name);
  const auto nearest = nearest_name(expression.text, names);
  auto problem = error(
      ErrorKind::unknown_column, expression.place,
      fmt::format("table {}.{} has no column {}, or the publication's column list leaves it out{}",
                  relation_->schema, relation_->name, expression.text,
                  nearest.empty() ? "" : fmt::format(": is it {}?", nearest)));
  problem.table_column = expression.text;
  return tl::unexpected(std::move(problem));
}

Result<Node> TypeChecker::check_with(const Expression& expression, std::vector<Node> args) {
  switch (expression.kind) {
    using enum Expression::Kind;
    case compare:
      return check_comparison(expression.comparison, std::move(args[0]), std::move(args[1]),
                              expression.place);
    case logical_and:
      return check_logic(Node::Kind::logical_and, std::move(args), "AND", expression.place);
    case logical_or:
      return check_logic(Node::Kind::logical_or, std::move(args), "OR", expression.place);
    case logical_not:
      return check_logic(Node::Kind::logical_not, std::move(args), "NOT", expression.place);
    case is_null:
      return check_null_test(Node::Kind::is_null, std::move(args), expression.place);
    case is_not_null:
      return check_null_test(Node::Kind::is_not_null, std::move(args), expression.place);
    case in:
      return check_in(std::move(args), expression.place, false);
    case not_in:
      return check_in(std::move(args), expression.place, true);
    case between:
      return check_between(std::move(args), expression.place, false);
    case not_between:
      return check_between(std::move(args), expression.place, true);
    case coalesce:
      return check_coalesce(std::move(args), expression.place);
    case concatenate:
      return check_concatenation(std::move(args), expression.place);
    case json_element:
      return check_json(Node::Kind::json_element, std::move(args), expression.place);
    case json_text:
      return check_json(Node::Kind::json_text, std::move(args), expression.place);
    case call:
      return check_call(expression, std::move(args));
    case collate:
      return check_collate(expression, std::move(args));
    case greatest:
      return check_extreme(Node::Kind::greatest, std::move(args), expression.place);
    case least:
      return check_extreme(Node::Kind::least, std::move(args), expression.place);
    case null_if:
      return check_null_if(std::move(args), expression.place);
    default:
      break;
  }
  return tl::unexpected(
      error(ErrorKind::unsupported, expression.place, "this expression has no meaning in a rule"));
}

Node TypeChecker::make(Node::Kind kind, const Type& type, std::vector<Node> args, Place place) {
  auto node = literal_of(type, place);
  node.kind = kind;
  node.collated_c =
      type.family != Family::boolean &&
      std::any_of(args.begin(), args.end(), [](const Node& arg) { return arg.collated_c; });
  node.args = std::move(args);
  return node;
}

std::optional<Error> TypeChecker::want_boolean(Node& node, std::string_view where) const {
  if (node.type->family == Family::any) return {};
  if (node.type->family == Family::unknown) {
    if (auto resolved = resolve_literal(node, types::boolean); !resolved)
      return error(ErrorKind::type_mismatch, node.place, resolved.error());
    return {};
  }
  if (node.type->family == Family::boolean) return {};
  return error(ErrorKind::type_mismatch, node.place,
               fmt::format("{} takes a boolean, and this is {}: compare it with something", where,
                           node.type->name));
}

Result<Node> TypeChecker::no_operator(std::string_view sign, const Type& left, const Type& right,
                                      Place place) const {
  return mismatch(place, fmt::format("there is no {} {} {} in rules: cast one side, new.x::text",
                                     left.name, sign, right.name));
}

Result<Node> TypeChecker::check_logic(Node::Kind kind, std::vector<Node> args,
                                      std::string_view name, Place place) const {
  for (auto& arg : args)
    if (auto problem = want_boolean(arg, name)) return tl::unexpected(std::move(*problem));
  return make(kind, types::boolean, std::move(args), place);
}

Result<Node> TypeChecker::check_null_test(Node::Kind kind, std::vector<Node> args, Place place) {
  // PostgreSQL takes a bare literal as text here; its type does not matter.
  if (args[0].type->family == Family::unknown) args[0].type = &types::text;
  return make(kind, types::boolean, std::move(args), place);
}

Result<Node> TypeChecker::copy_of(const Node& node) {
  node_count_ += mapping::node_count(node);
  if (node_count_ > nodes_max) return too_large(node.place);
  return node;
}

Result<const Type*> TypeChecker::unite(const std::vector<Node*>& values, std::string_view construct,
                                       Place place) const {
  std::vector<const Type*> candidates;
  candidates.reserve(values.size());
  for (const auto* value : values) candidates.push_back(value->type);
  const auto* common = common_type(candidates);
  if (common == nullptr)
    return mismatch(
        place,
        fmt::format(
            "the values of {} are of types that do not go together: cast them to one, ::text",
            construct));
  for (auto* value : values)
    if (auto done = convert_implicitly(*value, *common); !done)
      return mismatch(value->place, done.error());
  return common;
}

Result<Node> TypeChecker::check_coalesce(std::vector<Node> args, Place place) const {
  std::vector<Node*> values;
  values.reserve(args.size());
  for (auto& arg : args) values.push_back(&arg);
  const auto type = unite(values, "COALESCE", place);
  if (!type) return tl::unexpected(type.error());
  return make(Node::Kind::coalesce, **type, std::move(args), place);
}

Result<Node> TypeChecker::check_case(const Expression& expression) {
  std::vector<Node> args;
  for (const auto& one : expression.args) {
    auto arg = check(one);
    if (!arg) return arg;
    args.push_back(std::move(*arg));
  }
  if (expression.kind == Expression::Kind::case_value) {
    if (args[0].type->family == Family::unknown) args[0].type = &types::text;
    for (std::size_t index = 1; index + 1 < args.size(); index += 2) {
      auto value = copy_of(args[0]);
      if (!value) return value;
      const auto place = args[index].place;
      auto test =
          check_comparison(Comparison::equal, std::move(*value), std::move(args[index]), place);
      if (!test) return test;
      args[index] = std::move(*test);
    }
    args.erase(args.begin());
  }
  // The ELSE counts first for the common type.
  std::vector<Node*> values{&args.back()};
  for (std::size_t index = 0; index + 1 < args.size(); index += 2) {
    if (auto problem = want_boolean(args[index], "CASE WHEN"))
      return tl::unexpected(std::move(*problem));
    values.push_back(&args[index + 1]);
  }
  const auto type = unite(values, "CASE", expression.place);
  if (!type) return tl::unexpected(type.error());
  return make(Node::Kind::case_when, **type, std::move(args), expression.place);
}

Result<Node> TypeChecker::check_concatenation(std::vector<Node> args, Place place) const {
  const auto is_text = [](const Node& node) {
    return node.type->family == Family::string || node.type->family == Family::unknown ||
           node.type->family == Family::any;
  };
  const auto joins = [&](const Node& node) {
    const auto& type = *node.type;
    return is_text(node) || type.family == Family::boolean || type.family == Family::integer ||
           type.name == "uuid" || type.name == "numeric" || type.json == JsonForm::timestamp ||
           type.json == JsonForm::timestamptz || type.name == "date" || type.name == "interval";
  };
  if (!(is_text(args[0]) || is_text(args[1])) || !joins(args[0]) || !joins(args[1]))
    return no_operator("||", *args[0].type, *args[1].type, place);
  for (auto& arg : args)
    if (auto done = convert(arg, types::text); !done) return mismatch(arg.place, done.error());
  return make(Node::Kind::concatenate, types::text, std::move(args), place);
}

Result<Node> TypeChecker::check_cast(const Expression& expression) {
  auto node = check(expression.args[0]);
  if (!node) return node;
  if (auto done = convert(*node, *expression.cast_type); !done)
    return mismatch(expression.place, done.error());
  if (expression.length > 0)
    limit(*node, *expression.cast_type, expression.length, expression.scale);
  return node;
}

Result<Node> TypeChecker::check_json(Node::Kind kind, std::vector<Node> args, Place place) const {
  const auto sign = kind == Node::Kind::json_element ? "->" : "->>";
  const auto left = args[0].type->family;
  if (left != Family::jsonb && left != Family::any)
    return no_operator(sign, *args[0].type, *args[1].type, place);
  const auto& right = *args[1].type;
  if (right.family == Family::unknown || right.family == Family::string) {
    if (auto done = convert(args[1], types::text); !done)
      return mismatch(args[1].place, done.error());
  } else if (right.family != Family::any &&
             (right.family != Family::integer || &right == &types::int8)) {
    return mismatch(args[1].place,
                    fmt::format("{} takes a key (text) or a place (integer), and this is {}", sign,
                                right.name));
  }
  return make(kind, kind == Node::Kind::json_element ? types::jsonb : types::text, std::move(args),
              place);
}

namespace {

tl::expected<TypedRule, std::vector<Error>> check_rule(const Rule& rule,
                                                       const cdc::Relation* relation) {
  TypedRule typed_rule;
  std::vector<Error> errors;
  TypeChecker checker(rule, relation);
  for (const auto& field : rule.fields) {
    if (auto node = checker.check_field(field)) {
      typed_rule.fields.push_back(std::move(*node));
    } else {
      errors.push_back(std::move(node.error()));
    }
  }
  const auto check = [&](const std::optional<Expression>& condition, std::string_view where,
                         std::optional<Node>& typed) {
    if (!condition) return;
    if (auto node = checker.check_condition(*condition, where)) {
      typed = std::move(*node);
    } else {
      errors.push_back(std::move(node.error()));
    }
  };
  check(rule.condition, "WHERE", typed_rule.condition);
  check(rule.bulk, "bulk", typed_rule.bulk);
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return typed_rule;
}

}  // namespace

tl::expected<TypedRule, std::vector<Error>> resolve_types(const Rule& rule,
                                                          const cdc::Relation& relation) {
  return check_rule(rule, &relation);
}

std::vector<Error> check_types(const Rule& rule) {
  auto checked = check_rule(rule, nullptr);
  return checked ? std::vector<Error>{} : std::move(checked.error());
}

}  // namespace wakestream::mapping
