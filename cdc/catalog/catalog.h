// What a server says of itself in its catalogue: facts, without a judgement. Plain data, so that
// what is decided from it can be tested without a server; cdc/catalog/read_catalog.h reads it.
//
// PostgreSQL 15 to 18. Nothing here is a cell of a user's table: of a column's values there are
// only counts that PostgreSQL's ANALYZE made.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cdc/session/peer_certificate.h"
#include "cdc/session/replication_session.h"

namespace wakestream::cdc {

struct Setting {
  std::string value;   // in `unit`s: 60000
  std::string unit;    // "ms", "MB", "8kB" or empty
  std::string source;  // "configuration file", "user" (ALTER ROLE), "database", "default" ...
  bool pending_restart = false;
};

struct TableName {
  std::string schema;
  std::string name;

  friend bool operator==(const TableName&, const TableName&) = default;
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

struct ServerFacts {
  int version_num = 0;   // 150007
  std::string version;   // "15.7"
  std::string encoding;  // "UTF8"
  std::string database;
  bool in_recovery = false;
  std::string wal_position;   // the flush position, or a standby's replay position
  std::int64_t clock_us = 0;  // the server's clock since the Unix epoch, and ours at that moment
  std::int64_t our_clock_us = 0;
  bool connection_encrypted = false;
  std::optional<PeerCertificate> certificate;  // what it showed, when the connection is encrypted
  // Of a standby: does its primary write what decoding needs? Nothing where that cannot be asked.
  std::optional<bool> primary_writes_logical;
  int walsenders_in_use = 0;
  std::map<std::string, Setting> settings;  // those that matter and that this version has

  // What tells managed services apart: roles that only they have, and their settings' prefixes.
  std::vector<std::string> service_roles;     // of rds_superuser, cloudsqlsuperuser, azure_pg_admin
  std::vector<std::string> setting_prefixes;  // of rds, cloudsql, azure
  bool has_aurora_version = false;

  int major() const { return version_num / 10'000; }
  // The setting's number, or nothing when this version does not have it.
  std::optional<std::int64_t> number(const std::string& setting) const;
  std::string text(const std::string& setting) const;
};

struct RoleFacts {
  std::string name;
  bool superuser = false;
  bool replication = false;  // the attribute
  bool createdb = false;
  bool createrole = false;
  bool bypassrls = false;
  int connection_limit = -1;
  std::int64_t valid_until_us = 0;  // 0: for ever
  std::vector<std::string> member_of;
};

struct ColumnFacts {
  std::string name;
  std::string type;  // format_type()
  std::uint32_t type_oid = 0;
  bool not_null = false;
  char generated = 0;  // 's' stored, 'v' virtual, 0 not
  bool has_statistics = false;
  float distinct = 0;  // as pg_stats.n_distinct: negative is a share of the rows
  float null_share = 0;
};

struct ForeignKey {
  std::vector<std::string> columns;
  TableName target;
  std::vector<std::string> target_columns;
};

struct TableFacts {
  TableName name;
  char kind = 'r';  // pg_class.relkind: r table, p partitioned, v view, m materialized, f foreign
  bool unlogged = false;
  char replica_identity = 'd';              // pg_class.relreplident
  std::optional<TableName> partition_root;  // the topmost table that this one is a part of
  std::int64_t estimated_rows = -1;         // -1: never analyzed
  std::vector<ColumnFacts> columns;         // those that are not dropped, in the table's order
  std::vector<std::string> primary_key;
  std::vector<std::string>
      identity_columns;  // of the old row, by the replica identity; all for FULL
  std::vector<ForeignKey> foreign_keys;
  std::vector<std::string>
      written_by_role;  // of INSERT, UPDATE, DELETE, TRUNCATE: what the connected role may do
  bool readable_by_role = false;  // SELECT on it, and USAGE on its schema

  bool is_table() const { return kind == 'r' || kind == 'p'; }
  const ColumnFacts* find_column(const std::string& column) const;
};

struct PublicationEntry {
  TableName table;
  bool has_column_list = false;
  std::string row_filter;  // its expression, or empty
};

struct PublicationFacts {
  std::string name;
  bool all_tables = false;
  bool insert = true, update = true, remove = true, truncate = true;
  bool via_partition_root = false;
  std::vector<PublishedTable> tables;     // as the stream will name them
  std::vector<PublicationEntry> entries;  // as they were added, one by one
};

struct SlotFacts {
  std::string name;
  bool logical = true;
  std::string plugin;
  std::string database;
  bool temporary = false;
  bool active = false;
  int active_pid = 0;
  std::string active_application;  // empty when it may not be seen
  Lsn restart_lsn;
  Lsn confirmed_flush_lsn;
  std::string wal_status;                      // reserved, extended, unreserved, lost
  std::optional<std::int64_t> safe_wal_bytes;  // nothing when max_slot_wal_keep_size is unlimited
  std::int64_t kept_wal_bytes = 0;
  bool two_phase = false;
  std::string invalidation_reason;  // 17 and later; 16: "conflict"
  bool failover = false;            // standbys copy it (17 and later)
  bool synced = false;              // it is such a copy
};

struct Catalog {
  ServerFacts server;
  RoleFacts role;
  std::vector<TableFacts> tables;  // those that were asked for
  std::vector<TableName>
      every_table;  // the names of all tables and views outside of the system's schemas
  std::optional<PublicationFacts> publication;
  std::vector<SlotFacts> slots;

  const TableFacts* find_table(const TableName& name) const;
  const SlotFacts* find_slot(const std::string& name) const;
};

}  // namespace wakestream::cdc
