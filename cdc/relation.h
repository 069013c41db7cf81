// A table as the stream describes it: the Relation message that comes before its first row, and
// again when it changed.
//
// Source: PostgreSQL documentation, "Logical Replication Message Formats", Relation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wakestream::cdc {

enum class ReplicaIdentity : char { standard = 'd', nothing = 'n', full = 'f', index = 'i' };

struct Column {
  std::string name;
  std::uint32_t type_oid = 0;
  std::int32_t type_modifier = -1;
  bool part_of_key = false;  // of the replica identity; with FULL every column is

  friend bool operator==(const Column&, const Column&) = default;
};

struct Relation {
  std::uint32_t id = 0;  // the table's OID; only unique in its database
  std::string schema;
  std::string name;
  ReplicaIdentity replica_identity = ReplicaIdentity::standard;
  std::vector<Column> columns;
  // Rises each time the stream describes this table differently; what was bound to an older one
  // must be bound anew.
  std::uint64_t revision = 0;
  // The partition whose replica identity this is, where it is smaller than that of the whole table;
  // else empty. What a partition writes to the WAL is by its own, whatever the stream calls it.
  std::string part_schema{};
  std::string part_name{};
};

// The whole table as it is with that partition: with what both keep of the old row. True when the
// partition keeps less.
bool narrow_to_part(Relation& whole, const Relation& part);

}  // namespace wakestream::cdc
