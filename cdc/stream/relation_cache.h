// The tables that a stream has described so far. Bounded by the number of tables in the
// publication.
//
// A table's Relation object stays where it is for the life of the cache; a new description changes
// it in place, and raises its revision only when something is different.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "cdc/pgoutput/message.h"
#include "cdc/relation.h"

namespace wakestream::cdc {

class RelationCache {
 public:
  void describe(const pgoutput::RelationDescription& description);
  // Null when the stream has not described it.
  const Relation* find(std::uint32_t relation_id) const;

 private:
  std::unordered_map<std::uint32_t, std::unique_ptr<Relation>> relations_;
  std::uint64_t revision_ = 0;
};

}  // namespace wakestream::cdc
