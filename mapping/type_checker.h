// The walk over a rule's expressions that gives each its type. Only type_check.cc and
// type_check_comparison.cc know this class; type_check.h is what others use.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdc/relation.h"
#include "mapping/error.h"
#include "mapping/expression.h"
#include "mapping/node.h"
#include "mapping/rule.h"

namespace wakestream::mapping {

class TypeChecker {
 public:
  // Without a relation every column fits everything.
  TypeChecker(const Rule& rule, const cdc::Relation* relation) : rule_(rule), relation_(relation) {}
  Result<Node> check(const Expression& expression);
  // `where` is what the rule calls it.
  Result<Node> check_condition(const Expression& expression, std::string_view where);
  Result<Node> check_field(const Field& field);

 private:
  Error error(ErrorKind kind, Place place, std::string message) const;
  tl::unexpected<Error> mismatch(Place place, std::string message) const;
  tl::unexpected<Error> too_large(Place place) const;
  Result<Node> check_column(const Expression& expression) const;
  tl::unexpected<Error> unknown_column(const Expression& expression) const;
  Result<Node> check_with(const Expression& expression, std::vector<Node> args);
  static Node make(Node::Kind kind, const Type& type, std::vector<Node> args, Place place);
  std::optional<Error> want_boolean(Node& node, std::string_view where) const;
  Result<Node> no_operator(std::string_view sign, const Type& left, const Type& right,
                           Place place) const;
  Result<Node> check_comparison(Comparison comparison, Node left, Node right, Place place);
  // A literal takes the type of the other side.
  std::optional<Error> resolve_beside(Node& literal, const Node& other) const;
  // An integer beside numeric.
  std::optional<Error> align_kin(Node& left, Node& right) const;
  // char(n) keeps its own comparison among its own kind and beside varchar.
  std::optional<Error> align_strings(Node& left, Node& right) const;
  Result<Node> check_logic(Node::Kind kind, std::vector<Node> args, std::string_view name,
                           Place place) const;
  static Result<Node> check_null_test(Node::Kind kind, std::vector<Node> args, Place place);
  // A copy counts as if it had been written.
  Result<Node> copy_of(const Node& node);
  // x IN (a, b) is x = a OR x = b; but several constants come first, and become one type among
  // themselves and x, as in an array.
  Result<Node> check_in(std::vector<Node> args, Place place, bool negated);
  Result<Node> check_between(std::vector<Node> args, Place place, bool negated);
  // `order` says which argument counts first for the common type.
  Result<const Type*> unite(const std::vector<Node*>& values, std::string_view construct,
                            Place place) const;
  Result<Node> check_coalesce(std::vector<Node> args, Place place) const;
  Result<Node> check_case(const Expression& expression);
  Result<Node> check_concatenation(std::vector<Node> args, Place place) const;
  Result<Node> check_cast(const Expression& expression);
  Result<Node> check_call(const Expression& expression, std::vector<Node> args) const;
  // The first argument of a function that takes one of few words.
  std::optional<Error> settle_word(Node& node) const;
  Result<Node> check_collate(const Expression& expression, std::vector<Node> args) const;
  Result<Node> check_extreme(Node::Kind kind, std::vector<Node> args, Place place) const;
  Result<Node> check_null_if(std::vector<Node> args, Place place);
  // What orders values of that type; texts need COLLATE "C" at one of the node's args.
  std::optional<Error> set_order(Node& node, const Type& type, Place place) const;
  Result<Node> check_json(Node::Kind kind, std::vector<Node> args, Place place) const;

  const Rule& rule_;
  const cdc::Relation* relation_;
  std::size_t node_count_ = 0;
};

}  // namespace wakestream::mapping
