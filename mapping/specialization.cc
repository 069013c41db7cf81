#include "mapping/specialization.h"

#include <algorithm>
#include <utility>

#include "mapping/evaluation.h"

namespace wakestream::mapping {

namespace {

using Kind = Node::Kind;

bool is_literal(const Node& node) { return node.kind == Kind::literal; }
bool is_literal_null(const Node& node) { return is_literal(node) && node.is_null; }

bool all_literal(const Node& node) {
  return std::all_of(node.args.begin(), node.args.end(), is_literal);
}

// With a NULL for an argument, is the outcome NULL whatever the others are?
bool is_strict(const Node& node) {
  switch (node.kind) {
    case Kind::compare:
    case Kind::compare_columns:
      return node.comparison != Comparison::distinct && node.comparison != Comparison::not_distinct;
    case Kind::concatenate:
    case Kind::convert:
    case Kind::json_element:
    case Kind::json_text:
    case Kind::logical_not:
      return true;
    default:
      return false;
  }
}

// Leaves the node as it is when its evaluation fails: that is for the row to meet.
void evaluate_constant(Node& node) {
  TextArena arena;
  const cdc::RowChange no_row;
  const auto value = Evaluation(no_row, arena).evaluate(node);
  if (value.failed()) return;
  auto literal = literal_of(*node.type, node.place);
  literal.is_null = value.is_null();
  literal.number = value.number;
  literal.text = std::string(value.text);
  node = std::move(literal);
}

void become_arg(Node& node, std::size_t index) {
  auto arg = std::move(node.args[index]);
  node = std::move(arg);
}

// AND with a false, OR with a true, is decided; the other constant says nothing and is left out.
void fold_logic(Node& node) {
  const bool decisive = node.kind == Kind::logical_or;
  const auto is_truth = [](const Node& arg, bool truth) {
    return is_literal(arg) && !arg.is_null && (arg.number != 0) == truth;
  };
  const auto truth_literal = [&](bool truth) {
    auto literal = literal_of(types::boolean, node.place);
    literal.number = truth ? 1 : 0;
    return literal;
  };
  if (std::any_of(node.args.begin(), node.args.end(),
                  [&](const Node& arg) { return is_truth(arg, decisive); })) {
    node = truth_literal(decisive);
    return;
  }
  std::erase_if(node.args, [&](const Node& arg) { return is_truth(arg, !decisive); });
  if (node.args.empty()) {
    node = truth_literal(!decisive);
  } else if (node.args.size() == 1) {
    become_arg(node, 0);
  }
}

void fold_case(Node& node) {
  std::vector<Node> kept;
  for (std::size_t index = 0; index + 1 < node.args.size(); index += 2) {
    if (is_never_true(node.args[index])) continue;
    if (is_literal_true(node.args[index])) {
      kept.push_back(std::move(node.args[index + 1]));
      node.args = std::move(kept);
      if (node.args.size() == 1) become_arg(node, 0);
      return;
    }
    kept.push_back(std::move(node.args[index]));
    kept.push_back(std::move(node.args[index + 1]));
  }
  kept.push_back(std::move(node.args.back()));
  node.args = std::move(kept);
  if (node.args.size() == 1) become_arg(node, 0);
}

void fold_coalesce(Node& node) {
  std::erase_if(node.args, is_literal_null);
  const auto decided = std::find_if(node.args.begin(), node.args.end(), is_literal);
  if (decided != node.args.end()) node.args.erase(std::next(decided), node.args.end());
  if (node.args.empty()) {
    node = null_of(*node.type, node.place);
  } else if (node.args.size() == 1) {
    become_arg(node, 0);
  }
}

// A comparison of two columns in which one has become a constant.
void generalize_compare(Node& node) {
  const bool columns = node.args[0].kind == Kind::column && node.args[1].kind == Kind::column;
  if (!columns) node.kind = Kind::compare;
}

}  // namespace

Node specialize(Node node, cdc::Operation operation) {
  const bool no_old = operation == cdc::Operation::insert || operation == cdc::Operation::truncate;
  const bool no_new = operation == cdc::Operation::remove || operation == cdc::Operation::truncate;
  if (node.kind == Kind::column)
    return (node.of_old ? no_old : no_new) ? null_of(*node.type, node.place) : node;
  if (node.kind == Kind::operation) {
    auto literal = literal_of(types::text, node.place);
    literal.text = std::string(name_of(operation));
    return literal;
  }
  if (is_literal(node)) return node;
  for (auto& arg : node.args) arg = specialize(std::move(arg), operation);
  if (node.kind == Kind::compare_columns) generalize_compare(node);
  if (is_strict(node) && std::any_of(node.args.begin(), node.args.end(), is_literal_null))
    return null_of(*node.type, node.place);
  switch (node.kind) {
    case Kind::logical_and:
    case Kind::logical_or:
      fold_logic(node);
      break;
    case Kind::case_when:
      fold_case(node);
      break;
    case Kind::coalesce:
      fold_coalesce(node);
      break;
    default:
      break;
  }
  if (!is_literal(node) && !node.args.empty() && all_literal(node)) evaluate_constant(node);
  return node;
}

Node specialize_condition(Node condition, cdc::Operation operation) {
  auto node = specialize(std::move(condition), operation);
  if (node.kind == Kind::logical_and &&
      std::any_of(node.args.begin(), node.args.end(),
                  [](const Node& arg) { return is_never_true(arg); }))
    return null_of(types::boolean, node.place);
  return node;
}

}  // namespace wakestream::mapping
