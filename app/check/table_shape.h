// A table as the stream would describe it if nothing were in its way.
#pragma once

#include "cdc/catalog/catalog.h"
#include "mapping/mapper.h"

namespace wakestream::check {

// With every column, every old value and every operation.
inline mapping::TableShape whole_shape(const cdc::TableFacts& table) {
  mapping::TableShape shape;
  shape.relation.schema = table.name.schema;
  shape.relation.name = table.name.name;
  shape.relation.replica_identity = cdc::ReplicaIdentity::full;
  for (const auto& column : table.columns)
    shape.relation.columns.push_back({column.name, column.type_oid, -1, true});
  return shape;
}

}  // namespace wakestream::check
