#include "policy/matrix.h"

#include <algorithm>

namespace wakestream::policy {

namespace {

// Every field of every event in one place.
std::vector<FieldVerdict> column(const Policy& policy, const EventShapes& shapes, NameId consumer,
                                 NameId place, const MatrixAsked& asked) {
  std::vector<FieldVerdict> cells;
  for (const auto& [type, shape] : shapes.by_type) {
    const auto facts = policy.facts(shape, asked.banner, place, asked.consent, asked.at);
    const auto verdict = policy.judge(facts, consumer, shape);
    for (std::size_t at = 0; at < shape.fields.size(); ++at)
      cells.push_back(verdict.withheld() ? verdict.event : verdict.fields[at]);
  }
  return cells;
}

bool shows_alike(const std::vector<FieldVerdict>& left, const std::vector<FieldVerdict>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

}  // namespace

ConsumerMatrix matrix_of(const Policy& policy, const EventShapes& shapes, NameId consumer,
                         const MatrixAsked& asked) {
  ConsumerMatrix matrix{consumer, {}, {}};
  std::vector<std::vector<FieldVerdict>> columns;
  for (const auto place : numbers_of(policy.definition().jurisdictions.codes().size())) {
    auto cells = column(policy, shapes, consumer, place, asked);
    const auto same = std::find_if(columns.begin(), columns.end(),
                                   [&](const auto& one) { return shows_alike(one, cells); });
    if (same != columns.end()) {
      matrix.columns[static_cast<std::size_t>(same - columns.begin())].push_back(place);
      continue;
    }
    columns.push_back(std::move(cells));
    matrix.columns.push_back({place});
  }
  std::size_t cell = 0;
  for (const auto& [type, shape] : shapes.by_type)
    for (const auto& field : shape.fields) {
      MatrixRow row{type, field.name, {}};
      for (const auto& one : columns) row.cells.push_back(one[cell]);
      matrix.rows.push_back(std::move(row));
      ++cell;
    }
  return matrix;
}

}  // namespace wakestream::policy
