// The messages of pgoutput, protocol version 1, as they stand on the wire. All views point into the
// payload.
//
// cdc/pgoutput/README.md shows each of them, and one of them byte by byte.
// Source: PostgreSQL documentation, "Logical Replication Message Formats".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "cdc/lsn.h"
#include "cdc/row_change.h"

namespace wakestream::cdc::pgoutput {

struct Begin {
  Lsn final_lsn;                // where the commit record starts
  std::int64_t commit_time_us;  // since the Unix epoch (the wire counts from 2000-01-01)
  std::uint32_t xid;
};
struct Commit {
  Lsn commit_lsn;
  Lsn end_lsn;
  std::int64_t commit_time_us;
};
struct Origin {
  Lsn commit_lsn;  // at the origin
  std::string_view name;
};
struct RelationColumn {
  bool part_of_key;
  std::string_view name;
  std::uint32_t type_oid;
  std::int32_t type_modifier;
};
struct RelationDescription {
  std::uint32_t relation_id;
  std::string_view schema;
  std::string_view name;
  ReplicaIdentity replica_identity;
  std::span<const RelationColumn> columns;
};
struct Type {
  std::uint32_t type_oid;
  std::string_view schema;
  std::string_view name;
};
struct Insert {
  std::uint32_t relation_id;
  std::span<const Value> after;
};
struct Update {
  std::uint32_t relation_id;
  OldRow old_row;
  std::span<const Value> before;
  std::span<const Value> after;
};
struct Delete {
  std::uint32_t relation_id;
  OldRow old_row;
  std::span<const Value> before;
};
struct Truncate {
  bool cascade;
  bool restart_identity;
  std::span<const std::uint32_t> relation_ids;
};
// pg_logical_emit_message. Not a source for rules: one that is not transactional comes even from a
// rolled back transaction.
struct LogicalMessage {
  bool transactional;
  Lsn lsn;
  std::string_view prefix;
  std::string_view content;
};

using Message = std::variant<Begin, Commit, Origin, RelationDescription, Type, Insert, Update,
                             Delete, Truncate, LogicalMessage>;

}  // namespace wakestream::cdc::pgoutput
