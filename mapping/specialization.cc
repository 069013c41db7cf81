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

bool any_of_operation(const Node& node) {
  return std::any_of(node.args.begin(), node.args.end(),
                     [](const Node& arg) { return arg.of_operation; });
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
    case Kind::call:
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
  literal.of_operation = any_of_operation(node);
  node = std::move(literal);
}

// A NULL argument of a strict node decides it, and PostgreSQL then does not evaluate the others if
// it knows of the NULL when it plans: it does of one that is written, and does not of one that only
// this operation has.
bool is_decided_by_null(const Node& node) {
  const bool written = std::any_of(node.args.begin(), node.args.end(), [](const Node& arg) {
    return is_literal_null(arg) && !arg.of_operation;
  });
  return written || (std::any_of(node.args.begin(), node.args.end(), is_literal_null) &&
                     std::none_of(node.args.begin(), node.args.end(), may_raise));
}

void become_arg(Node& node, std::ptrdiff_t index) {
  auto arg = std::move(node.args[static_cast<std::size_t>(index)]);
  node = std::move(arg);
}

Node truth_literal(bool truth, Place place) {
  auto literal = literal_of(types::boolean, place);
  literal.number = truth ? 1 : 0;
  return literal;
}

// A literal that came out of what only this operation makes constant.
void mark_of_operation(Node& node, bool by_operation) {
  if (is_literal(node) && by_operation) node.of_operation = true;
}

// AND with a false, OR with a true, is decided; the other constant says nothing and is left out.
// What stands before a decisive one that PostgreSQL does not know of may still raise its error.
void fold_logic(Node& node) {
  const bool decisive = node.kind == Kind::logical_or;
  const auto is_truth = [](const Node& arg, bool truth) {
    return is_literal(arg) && !arg.is_null && (arg.number != 0) == truth;
  };
  const auto decides = [&](const Node& arg) { return is_truth(arg, decisive); };
  const auto written = std::find_if(node.args.begin(), node.args.end(), [&](const Node& arg) {
    return decides(arg) && !arg.of_operation;
  });
  if (written != node.args.end()) return become_arg(node, written - node.args.begin());
  bool by_operation = false;
  const auto first = std::find_if(node.args.begin(), node.args.end(), decides);
  if (first != node.args.end()) {
    node.args.erase(std::next(first), node.args.end());
    std::erase_if(node.args, [&](const Node& arg) { return !decides(arg) && !may_raise(arg); });
  } else {
    std::erase_if(node.args, [&](const Node& arg) {
      if (!is_truth(arg, !decisive)) return false;
      by_operation = by_operation || arg.of_operation;
      return true;
    });
  }
  if (node.args.empty()) {
    node = truth_literal(!decisive, node.place);
  } else if (node.args.size() == 1) {
    become_arg(node, 0);
  }
  mark_of_operation(node, by_operation);
}

void fold_case(Node& node) {
  std::vector<Node> kept;
  bool by_operation = false;
  for (std::size_t index = 0; index + 1 < node.args.size(); index += 2) {
    by_operation = by_operation || node.args[index].of_operation;
    if (is_never_true(node.args[index])) continue;
    if (is_literal_true(node.args[index])) {
      kept.push_back(std::move(node.args[index + 1]));
      node.args = std::move(kept);
      if (node.args.size() == 1) become_arg(node, 0);
      return mark_of_operation(node, by_operation);
    }
    kept.push_back(std::move(node.args[index]));
    kept.push_back(std::move(node.args[index + 1]));
  }
  kept.push_back(std::move(node.args.back()));
  node.args = std::move(kept);
  if (node.args.size() == 1) become_arg(node, 0);
  mark_of_operation(node, by_operation);
}

void fold_coalesce(Node& node) {
  const auto decided = std::find_if(node.args.begin(), node.args.end(), [](const Node& arg) {
    return is_literal(arg) && !arg.is_null;
  });
  if (decided != node.args.end()) node.args.erase(std::next(decided), node.args.end());
  bool by_operation = false;
  std::erase_if(node.args, [&](const Node& arg) {
    if (!is_literal_null(arg)) return false;
    by_operation = by_operation || arg.of_operation;
    return true;
  });
  if (node.args.empty()) {
    node = null_of(*node.type, node.place);
  } else if (node.args.size() == 1) {
    become_arg(node, 0);
  }
  mark_of_operation(node, by_operation);
}

// A comparison of two columns in which one has become a constant.
void generalize_compare(Node& node) {
  const bool columns = node.args[0].kind == Kind::column && node.args[1].kind == Kind::column;
  if (!columns) node.kind = Kind::compare;
}

}  // namespace

Node specialize(Node node, cdc::Operation operation) {
  if (node.kind == Kind::column) {
    if (node.of_old ? has_old_row(operation) : has_new_row(operation)) return node;
    auto literal = null_of(*node.type, node.place);
    literal.of_operation = true;
    return literal;
  }
  if (node.kind == Kind::operation) {
    auto literal = literal_of(types::text, node.place);
    literal.text = std::string(name_of(operation));
    literal.of_operation = true;
    return literal;
  }
  if (is_literal(node) || node.kind == Kind::context_column) return node;
  for (auto& arg : node.args) arg = specialize(std::move(arg), operation);
  if (node.kind == Kind::compare_columns) generalize_compare(node);
  if (is_strict(node) && is_decided_by_null(node)) {
    auto literal = null_of(*node.type, node.place);
    literal.of_operation = std::all_of(node.args.begin(), node.args.end(), [](const Node& arg) {
      return !is_literal_null(arg) || arg.of_operation;
    });
    return literal;
  }
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

namespace {

void simplify_condition(Node& node) {
  if (node.kind != Kind::logical_and && node.kind != Kind::logical_or) return;
  for (auto& arg : node.args) simplify_condition(arg);
  if (node.kind == Kind::logical_and) {
    if (std::any_of(node.args.begin(), node.args.end(), is_never_true))
      node = null_of(types::boolean, node.place);
    return;
  }
  std::erase_if(node.args, is_never_true);
  if (node.args.empty()) {
    node = null_of(types::boolean, node.place);
  } else if (node.args.size() == 1) {
    become_arg(node, 0);
  }
}

}  // namespace

Node specialize_condition(Node condition, cdc::Operation operation) {
  auto node = specialize(std::move(condition), operation);
  simplify_condition(node);
  return node;
}

}  // namespace wakestream::mapping
