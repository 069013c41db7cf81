#include "cdc/stream/relation_cache.h"

#include <utility>

namespace wakestream::cdc {

void RelationCache::describe(const pgoutput::RelationDescription& description) {
  auto& known = relations_[description.relation_id];
  if (!known) known = std::make_unique<Known>();
  Relation described;
  described.id = description.relation_id;
  described.schema = description.schema;
  described.name = description.name;
  described.replica_identity = description.replica_identity;
  for (const auto& column : description.columns) {
    described.columns.push_back(
        {std::string(column.name), column.type_oid, column.type_modifier, column.part_of_key});
  }
  known->described = std::move(described);
  update(*known);
  last_but_one_ = std::exchange(last_, description.relation_id);
}

// A partition that was learnt is described behind its whole, so the whole is looked at again then.
void RelationCache::learn_part(std::uint32_t row_relation_id) {
  const auto part = std::exchange(last_, 0);
  const auto whole = std::exchange(last_but_one_, 0);
  if (whole != row_relation_id || part == whole) return;
  auto& known = *relations_.at(whole);
  known.parts.insert(part);
  update(known);
}

void RelationCache::update(Known& known) {
  auto relation = known.described;
  for (const auto part : known.parts) narrow_to_part(relation, relations_.at(part)->described);
  auto& last = known.relation;
  const bool same =
      last.revision != 0 && last.schema == relation.schema && last.name == relation.name &&
      last.replica_identity == relation.replica_identity && last.columns == relation.columns;
  if (same) return;
  relation.revision = ++revision_;
  last = std::move(relation);
}

const Relation* RelationCache::find(std::uint32_t relation_id) const {
  const auto found = relations_.find(relation_id);
  return found == relations_.end() ? nullptr : &found->second->relation;
}

}  // namespace wakestream::cdc
