#include "mapping/node.h"

#include <algorithm>

#include "mapping/conversion.h"

namespace wakestream::mapping {

bool depends_on_row(const Node& node) {
  if (node.kind == Node::Kind::column || node.kind == Node::Kind::context_column ||
      node.kind == Node::Kind::operation)
    return true;
  return std::any_of(node.args.begin(), node.args.end(),
                     [](const Node& arg) { return depends_on_row(arg); });
}

bool uses_context(const Node& node) {
  return node.kind == Node::Kind::context_column ||
         std::any_of(node.args.begin(), node.args.end(),
                     [](const Node& arg) { return uses_context(arg); });
}

bool may_raise(const Node& node) {
  const bool raises = node.kind == Node::Kind::convert && may_raise(node.conversion);
  const bool calls_raising =
      node.kind == Node::Kind::call && node.function != nullptr && node.function->may_raise;
  return raises || calls_raising ||
         std::any_of(node.args.begin(), node.args.end(),
                     [](const Node& arg) { return may_raise(arg); });
}

std::size_t node_count(const Node& node) {
  std::size_t count = 1;
  for (const auto& arg : node.args) count += node_count(arg);
  return count;
}

}  // namespace wakestream::mapping
