// The tables that a stream has described so far. Bounded by the number of tables in the
// publication, and of their partitions.
//
// A table's Relation object stays where it is for the life of the cache; a new description changes
// it in place, and raises its revision only when something is different.
//
// Of a partitioned table that is published as a whole the server describes the whole and then the
// partition, just before the partition's first row, which it sends as one of the whole. The old row
// is what the *partition's* replica identity put into the WAL; everything else is NULL in the
// message, and nothing marks it. So the whole is taken to keep what all its partitions keep.
//
// Source: PostgreSQL, src/backend/replication/pgoutput/pgoutput.c, maybe_send_schema.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <unordered_map>

#include "cdc/pgoutput/message.h"
#include "cdc/relation.h"

namespace wakestream::cdc {

class RelationCache {
 public:
  void describe(const pgoutput::RelationDescription& description);
  // Of a row that comes now. Null when the stream has not described it.
  const Relation* of_row(std::uint32_t relation_id) {
    if (last_ != 0) learn_part(relation_id);
    return find(relation_id);
  }
  // Of a truncated table: whole tables are named then, all of them described before.
  const Relation* of_truncate(std::uint32_t relation_id) {
    last_ = 0;
    return find(relation_id);
  }

 private:
  struct Known {
    Relation relation;   // with what its partitions keep
    Relation described;  // as the stream says
    std::set<std::uint32_t> parts;
  };

  const Relation* find(std::uint32_t relation_id) const;
  void learn_part(std::uint32_t row_relation_id);
  void update(Known& known);

  std::unordered_map<std::uint32_t, std::unique_ptr<Known>> relations_;
  std::uint64_t revision_ = 0;
  // The last two that were described since the last row; 0: none.
  std::uint32_t last_ = 0;
  std::uint32_t last_but_one_ = 0;
};

}  // namespace wakestream::cdc
