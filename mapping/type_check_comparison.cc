// Comparisons, and what is written out into them: IN and BETWEEN.
#include "mapping/type_checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "mapping/coercion.h"
#include "mapping/value_order.h"

namespace wakestream::mapping {

namespace {

std::string_view sign_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::equal:
      return "=";
    case Comparison::not_equal:
      return "<>";
    case Comparison::less:
      return "<";
    case Comparison::less_or_equal:
      return "<=";
    case Comparison::greater:
      return ">";
    case Comparison::greater_or_equal:
      return ">=";
    case Comparison::distinct:
      return "IS DISTINCT FROM";
    case Comparison::not_distinct:
      return "IS NOT DISTINCT FROM";
  }
  return {};
}

bool is_order(Comparison comparison) {
  return comparison == Comparison::less || comparison == Comparison::less_or_equal ||
         comparison == Comparison::greater || comparison == Comparison::greater_or_equal;
}

bool is_date_and_timestamp(const Type& left, const Type& right) {
  return (&left == &types::date && &right == &types::timestamp) ||
         (&left == &types::timestamp && &right == &types::date);
}

}  // namespace

Result<Node> TypeChecker::check_comparison(Comparison comparison, Node left, Node right,
                                           Place place) {
  if (left.type->family == Family::unknown && right.type->family == Family::unknown) {
    if (auto done = resolve_literal(left, types::text); !done)
      return mismatch(left.place, done.error());
  }
  if (auto problem = resolve_beside(left, right)) return tl::unexpected(std::move(*problem));
  if (auto problem = resolve_beside(right, left)) return tl::unexpected(std::move(*problem));
  if (auto problem = align_kin(left, right)) return tl::unexpected(std::move(*problem));
  const auto& left_type = *left.type;
  const auto& right_type = *right.type;
  auto node = make(Node::Kind::compare, types::boolean, {}, place);
  node.comparison = comparison;
  if (left_type.family == Family::any || right_type.family == Family::any) {
    node.equality = Equality::bytes;
  } else if (left_type.family == Family::integer && right_type.family == Family::integer) {
    node.equality = Equality::number;
  } else if (left_type.family == Family::string && right_type.family == Family::string) {
    if (auto problem = align_strings(left, right)) return tl::unexpected(std::move(*problem));
    const bool padded =
        left.type->equality == Equality::blanks || right.type->equality == Equality::blanks;
    node.equality = padded ? Equality::blanks : Equality::bytes;
  } else if (is_date_and_timestamp(left_type, right_type)) {
    node.order = by_moment;
  } else if (&left_type != &right_type) {
    return no_operator(sign_of(comparison), left_type, right_type, place);
  } else if (left_type.equality == Equality::none) {
    return mismatch(
        place,
        fmt::format("whether two values of {} are equal cannot be told from what PostgreSQL sends: "
                    "compare another column, or its text if it has one",
                    left_type.name));
  } else {
    node.equality = left_type.equality;
  }
  const bool same_text_form = node.equality == Equality::bytes || node.equality == Equality::number;
  const bool columns = left.kind == Node::Kind::column && right.kind == Node::Kind::column;
  if (columns && same_text_form && node.order == nullptr && !is_order(comparison))
    node.kind = Node::Kind::compare_columns;
  node.args.push_back(std::move(left));
  node.args.push_back(std::move(right));
  if (is_order(comparison) && node.order == nullptr) {
    const auto& type = node.equality == Equality::blanks ? types::bpchar : *node.args[0].type;
    const auto& known = type.family == Family::any ? *node.args[1].type : type;
    if (auto problem = set_order(node, known, place)) return tl::unexpected(std::move(*problem));
  }
  return node;
}

std::optional<Error> TypeChecker::resolve_beside(Node& literal, const Node& other) const {
  const auto& type = *other.type;
  if (literal.type->family != Family::unknown || type.family == Family::any ||
      type.family == Family::unknown)
    return {};
  const auto done = resolve_literal(literal, type);
  if (done) return {};
  return error(ErrorKind::type_mismatch, literal.place, done.error());
}

std::optional<Error> TypeChecker::align_kin(Node& left, Node& right) const {
  const std::array<const Type*, 2> both{left.type, right.type};
  const auto* common = common_type(both);
  if (common != &types::numeric) return {};
  for (auto* side : {&left, &right})
    if (auto done = convert_implicitly(*side, *common); !done)
      return error(ErrorKind::type_mismatch, side->place, done.error());
  return {};
}

std::optional<Error> TypeChecker::align_strings(Node& left, Node& right) const {
  // Beside varchar PostgreSQL compares as char(n), beside text as text.
  const bool padded =
      left.type->equality == Equality::blanks || right.type->equality == Equality::blanks;
  if (padded && left.type != &types::text && right.type != &types::text) return {};
  for (auto* side : {&left, &right})
    if (auto done = convert(*side, types::text); !done)
      return error(ErrorKind::type_mismatch, side->place, done.error());
  return {};
}

Result<Node> TypeChecker::check_in(std::vector<Node> args, Place place, bool negated) {
  const auto first = std::next(args.begin());
  const auto is_constant = [](const Node& item) { return !depends_on_row(item); };
  // PostgreSQL makes an array of several constants, and looks into it first.
  if (std::count_if(first, args.end(), is_constant) > 1) {
    const auto others = std::stable_partition(first, args.end(), is_constant);
    std::vector<const Type*> candidates;
    for (auto item = args.begin(); item != others; ++item) candidates.push_back(item->type);
    const auto* common = common_type(candidates);
    if (common != nullptr && common->family != Family::any)
      for (auto item = first; item != others; ++item)
        if (auto done = convert_implicitly(*item, *common); !done)
          return mismatch(item->place, done.error());
  }
  std::vector<Node> tests;
  for (auto item = first; item != args.end(); ++item) {
    auto value = copy_of(args[0]);
    if (!value) return value;
    auto test = check_comparison(negated ? Comparison::not_equal : Comparison::equal,
                                 std::move(*value), std::move(*item), place);
    if (!test) return test;
    tests.push_back(std::move(*test));
  }
  if (tests.size() == 1) return std::move(tests[0]);
  return make(negated ? Node::Kind::logical_and : Node::Kind::logical_or, types::boolean,
              std::move(tests), place);
}

Result<Node> TypeChecker::check_between(std::vector<Node> args, Place place, bool negated) {
  auto value = copy_of(args[0]);
  if (!value) return value;
  auto low = check_comparison(negated ? Comparison::less : Comparison::greater_or_equal,
                              std::move(*value), std::move(args[1]), place);
  if (!low) return low;
  auto high = check_comparison(negated ? Comparison::greater : Comparison::less_or_equal,
                               std::move(args[0]), std::move(args[2]), place);
  if (!high) return high;
  std::vector<Node> tests;
  tests.push_back(std::move(*low));
  tests.push_back(std::move(*high));
  return make(negated ? Node::Kind::logical_or : Node::Kind::logical_and, types::boolean,
              std::move(tests), place);
}

}  // namespace wakestream::mapping
