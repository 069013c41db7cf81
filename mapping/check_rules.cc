#include <fmt/format.h>

#include <algorithm>

#include "mapping/evaluation.h"
#include "mapping/mapper.h"
#include "mapping/nearest_name.h"
#include "mapping/rule.h"
#include "mapping/rule_binding.h"

namespace wakestream::mapping {

namespace {

std::string full_name(const cdc::Relation& relation) {
  return fmt::format("{}.{}", relation.schema, relation.name);
}

Error unknown_table(const Rule& rule, std::span<const TableShape> tables) {
  const auto table = fmt::format("{}.{}", rule.table_schema, rule.table_name);
  std::vector<std::string> published;
  for (const auto& shape : tables) published.push_back(full_name(shape.relation));
  const std::vector<std::string_view> names(published.begin(), published.end());
  const auto nearest = nearest_name(table, names);
  const auto note =
      tables.empty() ? std::string("the publication") : tables.front().publication_note;
  return {ErrorKind::unknown_table,
          fmt::format("table {} is not in {}{}: run ALTER {} ADD TABLE {}, or mend the rule", table,
                      note, nearest.empty() ? "" : fmt::format(" ({} is)", nearest),
                      tables.empty()
                          ? "PUBLICATION ..."
                          : "PUBLICATION" + note.substr(std::min(note.find(' '), note.size())),
                      table),
          rule.file,
          rule.table_place.line,
          rule.table_place.column,
          rule.type,
          table,
          {}};
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
    if (shape.published[index] || !bound.plans[index] || !makes_events(*bound.plans[index]))
      continue;
    missing += fmt::format("{}{}", missing.empty() ? "" : " and ", name_of(operation));
  }
  if (missing.empty()) return {};
  return Error{
      ErrorKind::not_sent,
      fmt::format("{} does not publish {}, which this rule matches: run ALTER {} SET (publish = "
                  "'insert, update, delete, truncate'), or restrict the rule by op",
                  shape.publication_note, missing,
                  "PUBLICATION" + shape.publication_note.substr(shape.publication_note.find(' '))),
      rule.file,
      rule.place.line,
      rule.place.column,
      rule.type,
      full_name(shape.relation),
      {}};
}

}  // namespace

std::vector<Error> check_rules(const RuleSet& rules, std::span<const TableShape> tables) {
  std::vector<Error> errors;
  for (const auto& rule : rules.rules()) {
    const auto shape = std::find_if(tables.begin(), tables.end(), [&](const TableShape& one) {
      return one.relation.schema == rule.table_schema && one.relation.name == rule.table_name;
    });
    if (shape == tables.end()) {
      errors.push_back(unknown_table(rule, tables));
    } else if (auto bound = bind_rule(rule, 0, shape->relation); !bound) {
      for (auto& error : bound.error()) errors.push_back(std::move(error));
    } else if (auto problem = unpublished(rule, *bound, *shape)) {
      errors.push_back(std::move(*problem));
    }
  }
  return errors;
}

}  // namespace wakestream::mapping
