#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "mapping/evaluation.h"
#include "mapping/mapper.h"
#include "mapping/nearest_name.h"
#include "mapping/rule.h"
#include "mapping/rule_binding.h"
#include "mapping/sql_name.h"

namespace wakestream::mapping {

namespace {

std::string full_name(const cdc::Relation& relation) {
  return fmt::format("{}.{}", relation.schema, relation.name);
}

bool reads(const Rule& rule, const TableShape& shape) {
  return shape.relation.schema == rule.table_schema && shape.relation.name == rule.table_name;
}

Error unknown_table(const Rule& rule, std::span<const TableShape> tables) {
  const auto table = fmt::format("{}.{}", rule.table_schema, rule.table_name);
  std::vector<std::string> published;
  for (const auto& shape : tables) published.push_back(full_name(shape.relation));
  const std::vector<std::string_view> names(published.begin(), published.end());
  const auto nearest = nearest_name(table, names);
  // Of tables that are known one and all have the same.
  const auto publication = tables.empty() ? std::string() : tables.front().publication;
  return error_at(
      rule, ErrorKind::unknown_table, rule.table_place,
      fmt::format("table {} is not in {}{}: run ALTER PUBLICATION {} ADD TABLE {}, or mend the "
                  "rule",
                  table, publication.empty() ? "the publication" : "publication " + publication,
                  nearest.empty() ? "" : fmt::format(" ({} is)", nearest),
                  publication.empty() ? "..." : quoted_name(publication, true),
                  quoted_table(rule.table_schema, rule.table_name)));
}

// An event needs an account: a rule that takes it from `new` says nothing of a DELETE.
bool makes_events(const RulePlan& plan) {
  const auto& account = plan.fields[plan.account_field].value;
  return account.kind != Node::Kind::literal || !account.is_null;
}

std::optional<Error> unpublished(const Rule& rule, const BoundRule& bound,
                                 const TableShape& shape) {
  std::string missing;
  for (const auto operation : all_operations) {
    const auto index = static_cast<std::size_t>(operation);
    if (operation == cdc::Operation::snapshot) continue;
    if (shape.published[index] || !bound.plans[index] || !makes_events(*bound.plans[index]))
      continue;
    missing += fmt::format("{}{}", missing.empty() ? "" : " and ", name_of(operation));
  }
  if (missing.empty()) return {};
  return error_at(
      rule, ErrorKind::not_sent, rule.place,
      fmt::format("publication {} does not publish {}, which this rule matches: run ALTER "
                  "PUBLICATION {} SET (publish = 'insert, update, delete, truncate'), or restrict "
                  "the rule by op",
                  shape.publication, missing, quoted_name(shape.publication, true)));
}

// A part whose replica identity is smaller than that of the whole. One error for each: what mends
// it mends it for every rule.
void check_parts(const RuleSet& rules, const TableShape& shape, std::vector<Error>& errors) {
  for (const auto& part : shape.parts) {
    auto narrowed = shape.relation;
    if (!cdc::narrow_to_part(narrowed, part)) continue;
    for (const auto& rule : rules.rules()) {
      if (!reads(rule, shape)) continue;
      auto bound = bind_rule(rule, 0, narrowed);
      if (bound || bound.error().front().kind != ErrorKind::not_sent) continue;
      errors.push_back(std::move(bound.error().front()));
      break;
    }
  }
}

}  // namespace

std::vector<Error> check_rules(const RuleSet& rules, std::span<const TableShape> tables) {
  std::vector<Error> errors;
  for (const auto& rule : rules.rules()) {
    const auto shape = std::find_if(tables.begin(), tables.end(),
                                    [&](const TableShape& one) { return reads(rule, one); });
    if (shape == tables.end()) {
      errors.push_back(unknown_table(rule, tables));
    } else if (auto bound = bind_rule(rule, 0, shape->relation); !bound) {
      for (auto& error : bound.error()) errors.push_back(std::move(error));
    } else if (auto problem = unpublished(rule, *bound, *shape)) {
      errors.push_back(std::move(*problem));
    }
  }
  for (const auto& shape : tables) check_parts(rules, shape, errors);
  return errors;
}

std::vector<std::string> snapshot_event_types(const RuleSet& rules, const cdc::Relation& table) {
  std::vector<std::string> types;
  for (const auto& rule : rules.rules()) {
    if (rule.table_schema != table.schema || rule.table_name != table.name) continue;
    const auto bound = bind_rule(rule, 0, table);
    if (!bound) continue;
    const auto& plan = bound->plans[static_cast<std::size_t>(cdc::Operation::snapshot)];
    if (plan && makes_events(*plan)) types.push_back(rule.type);
  }
  return types;
}

}  // namespace wakestream::mapping
