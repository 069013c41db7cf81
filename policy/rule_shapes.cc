#include "policy/rule_shapes.h"

#include <fmt/format.h>

#include <algorithm>

#include "mapping/nearest_name.h"
#include "mapping/rule.h"

namespace wakestream::policy {

namespace {

std::vector<TaggedField> tagged_fields(const mapping::Rule& rule) {
  std::vector<TaggedField> fields;
  fields.reserve(rule.fields.size());
  for (const auto& field : rule.fields) fields.push_back({field.name, field.pii_tags});
  return fields;
}

// "email", or "customer.created.email".
bool has_field(const EventShapes& shapes, std::string_view name) {
  return std::any_of(shapes.by_type.begin(), shapes.by_type.end(), [&](const auto& entry) {
    const auto& [type, shape] = entry;
    return std::any_of(shape.fields.begin(), shape.fields.end(), [&](const FieldShape& field) {
      return field.name == name || fmt::format("{}.{}", type, field.name) == name;
    });
  });
}

void find_unmade_events(const Policy& policy, const mapping::RuleSet& rules, EventShapes& shapes) {
  const auto& definition = policy.definition();
  const auto types = rules.event_types();
  const std::vector<std::string_view> known(types.begin(), types.end());
  const auto look = [&](const PolicyRule& rule) {
    for (const auto event : rule.when.events) {
      const auto& name = definition.events.name(event);
      if (shapes.by_type.contains(name)) continue;
      const auto nearest = std::string(mapping::nearest_name(name, known));
      shapes.problems.push_back(
          {policy.file(), rule.place.line, rule.place.column,
           fmt::format("{}: no rule makes an event {}{}", rule.name, name,
                       nearest.empty() ? "" : "; did you mean " + nearest + "?"),
           nearest});
    }
  };
  for (const auto& rule : definition.rules) look(rule);
  for (const auto& claim : definition.claims) look(claim.rule);
}

}  // namespace

EventShapes shapes_of(const Policy& policy, const mapping::RuleSet& rules) {
  EventShapes shapes;
  for (const auto& rule : rules.rules()) {
    auto shape = policy.shape(rule.type, tagged_fields(rule));
    for (const auto& field : shape.fields)
      if (std::any_of(field.categories.begin(), field.categories.end(),
                      [](const auto& category) { return !category; }) ||
          !field.known())
        shapes.unknown_fields.push_back(fmt::format("{}.{}", rule.type, field.name));
    shapes.by_type.emplace(rule.type, std::move(shape));
  }
  find_unmade_events(policy, rules, shapes);
  const auto& definition = policy.definition();
  for (const auto& [name, category] : definition.fields)
    if (!has_field(shapes, name)) {
      const auto place = definition.field_places.find(name)->second;
      shapes.problems.push_back({policy.file(),
                                 place.line,
                                 place.column,
                                 fmt::format("fields.{}: no event has this field", name),
                                 {}});
    }
  return shapes;
}

}  // namespace wakestream::policy
