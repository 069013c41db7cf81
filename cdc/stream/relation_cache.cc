#include "cdc/stream/relation_cache.h"

#include <utility>

namespace wakestream::cdc {

void RelationCache::describe(const pgoutput::RelationDescription& description) {
  auto& known = relations_[description.relation_id];
  if (!known) known = std::make_unique<Relation>();
  Relation described;
  described.id = description.relation_id;
  described.schema = description.schema;
  described.name = description.name;
  described.replica_identity = description.replica_identity;
  for (const auto& column : description.columns) {
    described.columns.push_back(
        {std::string(column.name), column.type_oid, column.type_modifier, column.part_of_key});
  }
  described.revision = known->revision;
  const bool same =
      known->revision != 0 && known->schema == described.schema && known->name == described.name &&
      known->replica_identity == described.replica_identity && known->columns == described.columns;
  if (same) return;
  described.revision = ++revision_;
  *known = std::move(described);
}

const Relation* RelationCache::find(std::uint32_t relation_id) const {
  const auto found = relations_.find(relation_id);
  return found == relations_.end() ? nullptr : found->second.get();
}

}  // namespace wakestream::cdc
