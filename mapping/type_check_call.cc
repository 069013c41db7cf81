// Calls of functions and of operators that are functions, collations, and GREATEST, LEAST, NULLIF.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mapping/coercion.h"
#include "mapping/overload.h"
#include "mapping/scalar_text.h"
#include "mapping/type_checker.h"
#include "mapping/value_order.h"

namespace wakestream::mapping {

Result<Node> TypeChecker::check_call(const Expression& expression, std::vector<Node> args) const {
  std::vector<const Type*> given;
  given.reserve(args.size());
  for (const auto& arg : args) given.push_back(arg.type);
  const auto resolved = overload_of(expression.text, given);
  if (!resolved) return mismatch(expression.place, resolved.error());
  auto node = make(Node::Kind::call, *resolved->result, std::move(args), expression.place);
  node.function = resolved->function;
  if (resolved->function == nullptr) return node;
  if (node.function->needs_c && !node.collated_c)
    return mismatch(expression.place,
                    fmt::format("{0}() hangs on the locale: write {0}(x COLLATE \"C\"), which "
                                "changes the letters a to z and no other",
                                expression.text));
  for (std::size_t at = 0; at < node.args.size(); ++at)
    if (auto done = convert_implicitly(node.args[at], *resolved->args[at]); !done)
      return mismatch(node.args[at].place, done.error());
  if (node.function->swapped) std::swap(node.args[0], node.args[1]);
  if (!node.function->words.empty())
    if (auto problem = settle_word(node)) return tl::unexpected(std::move(*problem));
  return node;
}

std::optional<Error> TypeChecker::settle_word(Node& node) const {
  auto& arg = node.args[0];
  const auto& words = node.function->words;
  const auto found = std::find(words.begin(), words.end(), in_lower_case(arg.text));
  if (arg.kind == Node::Kind::literal && !arg.is_null && found != words.end()) {
    arg.number = found - words.begin();
    return {};
  }
  return error(ErrorKind::type_mismatch, arg.place,
               node.function->name == "timezone"
                   ? "AT TIME ZONE is 'UTC' in rules: other zones hang on the server's zone files"
                   : fmt::format("the first argument of {} is a literal here, one of: {}",
                                 node.function->name, fmt::join(words, ", ")));
}

Result<Node> TypeChecker::check_collate(const Expression& expression,
                                        std::vector<Node> args) const {
  auto node = std::move(args[0]);
  // A literal still takes the type of what it stands beside.
  if (node.type->family != Family::string && node.type->family != Family::any &&
      node.type->family != Family::unknown)
    return mismatch(expression.place,
                    fmt::format("COLLATE is about text, and this is {}", node.type->name));
  node.collated_c = true;
  return node;
}

std::optional<Error> TypeChecker::set_order(Node& node, const Type& type, Place place) const {
  if (type.family == Family::any || type.family == Family::integer ||
      type.family == Family::boolean)
    return {};
  const bool of_c = std::any_of(node.args.begin(), node.args.end(),
                                [](const Node& arg) { return arg.collated_c; });
  if (type.family == Family::string && !of_c)
    return error(ErrorKind::type_mismatch, place,
                 "the order of texts hangs on the locale: write new.x COLLATE \"C\" < 'b', which "
                 "orders byte by byte");
  node.order = order_of(type);
  if (node.order == nullptr)
    return error(ErrorKind::type_mismatch, place,
                 fmt::format("rules do not order {}: order numbers, dates, timestamps, or texts "
                             "under COLLATE \"C\"",
                             type.name));
  return {};
}

Result<Node> TypeChecker::check_extreme(Node::Kind kind, std::vector<Node> args,
                                        Place place) const {
  std::vector<Node*> values;
  values.reserve(args.size());
  for (auto& arg : args) values.push_back(&arg);
  const auto type = unite(values, kind == Node::Kind::greatest ? "GREATEST" : "LEAST", place);
  if (!type) return tl::unexpected(type.error());
  auto node = make(kind, **type, std::move(args), place);
  if (auto problem = set_order(node, **type, place)) return tl::unexpected(std::move(*problem));
  return node;
}

// NULLIF(a, b) is CASE WHEN a = b THEN NULL ELSE a END.
Result<Node> TypeChecker::check_null_if(std::vector<Node> args, Place place) {
  auto test = check_comparison(Comparison::equal, std::move(args[0]), std::move(args[1]), place);
  if (!test) return test;
  auto value = copy_of(test->args[0]);
  if (!value) return value;
  const auto& type = *value->type;
  std::vector<Node> parts;
  parts.push_back(std::move(*test));
  parts.push_back(null_of(type, place));
  parts.push_back(std::move(*value));
  return make(Node::Kind::case_when, type, std::move(parts), place);
}

}  // namespace wakestream::mapping
