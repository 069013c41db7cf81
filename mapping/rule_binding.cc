#include "mapping/rule_binding.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mapping/evaluation.h"
#include "mapping/fingerprint.h"
#include "mapping/json_text.h"
#include "mapping/specialization.h"
#include "mapping/sql_name.h"
#include "mapping/type_check.h"

namespace wakestream::mapping {

namespace {

// varchar(n) of at most this many characters stays in the row: TOAST takes no value of 24 bytes or
// less, and a character has up to 4 bytes behind a header of 4.
constexpr std::int32_t short_varchar_max = 5;
constexpr std::int32_t modifier_offset = 4;

bool may_be_left_out(const cdc::Column& column) {
  const auto& type = type_of_oid(column.type_oid);
  const auto length = column.type_modifier - modifier_offset;
  if (type.family == Family::string && length > 0 && length <= short_varchar_max) return false;
  return type.toastable;
}

// Says which values the replica identity leaves out.
class IdentityCheck {
 public:
  IdentityCheck(const Rule& rule, const cdc::Relation& relation)
      : rule_(rule), relation_(relation) {}

  void check(const Node& node, cdc::Operation operation) {
    if (node.kind == Node::Kind::column) check_column(node, operation);
    // An unchanged TOAST value is never NULL, so whether it is NULL is known without it.
    const bool test_of_new =
        (node.kind == Node::Kind::is_null || node.kind == Node::Kind::is_not_null) &&
        node.args[0].kind == Node::Kind::column && !node.args[0].of_old;
    if (test_of_new) return;
    for (const auto& arg : node.args) check(arg, operation);
  }

  std::vector<Error> take_errors() { return std::move(errors_); }

 private:
  void check_column(const Node& node, cdc::Operation operation) {
    const bool changes_row =
        operation == cdc::Operation::update || operation == cdc::Operation::remove;
    if (!changes_row || relation_.replica_identity == cdc::ReplicaIdentity::full) return;
    const auto& column = relation_.columns[node.column];
    const bool of_key =
        column.part_of_key && relation_.replica_identity != cdc::ReplicaIdentity::nothing;
    if (of_key) return;
    if (node.of_old) {
      refuse(node, column,
             fmt::format("old.{} is not sent for {}", column.name, name_of(operation)));
    } else if (operation == cdc::Operation::update && may_be_left_out(column)) {
      refuse(
          node, column,
          fmt::format("new.{} may be left out of an UPDATE that does not change it (a TOAST value)",
                      column.name));
    }
  }

  void refuse(const Node& node, const cdc::Column& column, std::string what) {
    const auto known = [&](const Error& error) { return error.table_column == column.name; };
    if (std::any_of(errors_.begin(), errors_.end(), known)) return;
    const bool of_part = !relation_.part_name.empty();
    const auto& schema = of_part ? relation_.part_schema : relation_.schema;
    const auto& name = of_part ? relation_.part_name : relation_.name;
    errors_.push_back(
        {ErrorKind::not_sent,
         fmt::format("{} under {} replica identity: run ALTER TABLE {} REPLICA IDENTITY FULL{}",
                     what, of_part ? "this partition's" : "this table's",
                     quoted_table(schema, name),
                     rule_.type.empty() ? "" : ", or restrict the rule by op"),
         rule_.file, node.place.line, node.place.column, rule_.type,
         fmt::format("{}.{}", schema, name), column.name});
  }

  const Rule& rule_;
  const cdc::Relation& relation_;
  std::vector<Error> errors_;
};

std::string schema_version_of(const Rule& rule, const TypedRule& typed_rule) {
  std::string text = rule.type;
  for (std::size_t index = 0; index < rule.fields.size(); ++index)
    text += fmt::format("\n{}:{} {}", rule.fields[index].name.size(), rule.fields[index].name,
                        typed_rule.fields[index].type->name);
  return fingerprint(text);
}

RulePlan plan_for(const Rule& rule, const TypedRule& typed_rule, cdc::Operation operation) {
  RulePlan plan;
  plan.rule = &rule;
  for (std::size_t index = 0; index < rule.fields.size(); ++index) {
    BoundField field;
    field.key.push_back(index == 0 ? '{' : ',');
    append_json_string(rule.fields[index].name, field.key);
    field.key.push_back(':');
    field.value = specialize(typed_rule.fields[index], operation);
    field.rule_field = index;
    if (rule.fields[index].name == "account_id") plan.account_field = index;
    plan.fields.push_back(std::move(field));
  }
  return plan;
}

}  // namespace

bool same_description(const cdc::Relation& left, const cdc::Relation& right) {
  return left.revision == right.revision && left.replica_identity == right.replica_identity &&
         left.schema == right.schema && left.name == right.name && left.columns == right.columns;
}

tl::expected<BoundRule, std::vector<Error>> bind_rule(const Rule& rule, std::uint16_t rule_index,
                                                      const cdc::Relation& relation) {
  const auto typed_rule = resolve_types(rule, relation);
  if (!typed_rule) return tl::unexpected(typed_rule.error());
  const auto schema_version = schema_version_of(rule, *typed_rule);
  BoundRule bound;
  IdentityCheck identity(rule, relation);
  for (const auto operation : all_operations) {
    std::optional<Node> condition;
    if (typed_rule->condition) condition = specialize_condition(*typed_rule->condition, operation);
    if (condition && is_never_true(*condition)) continue;
    if (condition && is_literal_true(*condition)) condition.reset();
    auto plan = plan_for(rule, *typed_rule, operation);
    plan.rule_index = rule_index;
    plan.schema_version = schema_version;
    plan.condition = std::move(condition);
    if (typed_rule->bulk) plan.bulk = specialize_condition(*typed_rule->bulk, operation);
    if (plan.bulk && is_never_true(*plan.bulk)) plan.bulk.reset();
    plan.joins_context = rule.joins_context;
    plan.condition_uses_context = plan.condition && uses_context(*plan.condition);
    if (plan.condition) identity.check(*plan.condition, operation);
    if (plan.bulk) identity.check(*plan.bulk, operation);
    for (const auto& field : plan.fields) identity.check(field.value, operation);
    bound.plans[static_cast<std::size_t>(operation)] = std::move(plan);
  }
  if (auto errors = identity.take_errors(); !errors.empty())
    return tl::unexpected(std::move(errors));
  return bound;
}

}  // namespace wakestream::mapping
