#include "cdc/relation.h"

#include <algorithm>
#include <utility>

namespace wakestream::cdc {

namespace {

bool keeps(const Relation& table, const std::string& name) {
  if (table.replica_identity == ReplicaIdentity::full) return true;
  const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                   [&](const Column& one) { return one.name == name; });
  return column != table.columns.end() && column->part_of_key;
}

}  // namespace

bool narrow_to_part(Relation& whole, const Relation& part) {
  std::vector<Column> narrowed = whole.columns;
  bool narrower = false;
  for (auto& column : narrowed) {
    const bool kept = keeps(whole, column.name);
    column.part_of_key = kept && keeps(part, column.name);
    narrower = narrower || kept != column.part_of_key;
  }
  if (!narrower) return false;
  whole.columns = std::move(narrowed);
  whole.replica_identity = part.replica_identity;
  whole.part_schema = part.schema;
  whole.part_name = part.name;
  return true;
}

}  // namespace wakestream::cdc
