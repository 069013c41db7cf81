// The file of one writer: what makes an SQLite file one of ours, and what every connection to it is
// set to.
//
// Format 1. application_id says whose file it is, user_version which format. Tables:
//
//   writer             one row: the generation (raised by each open_writer), the incarnation
//   topics             the registry: topic_registry.h
//   removed            what retention took: retention.h; files of earlier releases get it when
//   opened
//                      for writing
//   consumed           the positions that were committed with this writer's transactions
//   records_<id>_<p>   partition p of topic <id>: a row a record, the rowid is the offset
//   records            the view for people: topic_registry.h
//
// A table a partition, and not a table a topic, because a B-tree is appended to fast at its end
// only, and because an offset is then found by its rowid.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log/embedded/connection.h"

namespace wakestream::log::embedded {

constexpr std::int64_t application_id = 0x57414b45;  // "WAKE"
constexpr std::int64_t format_version = 1;

// The table in which a removal is written down; made with every opening for writing, because files
// of earlier releases do not have it.
inline constexpr const char* removed_table_sql =
    "CREATE TABLE IF NOT EXISTS removed (topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, "
    "before_offset INTEGER NOT NULL, PRIMARY KEY (topic_id, partition)) STRICT, WITHOUT ROWID";

// When a group last committed its positions; made likewise.
inline constexpr const char* consumed_at_table_sql =
    "CREATE TABLE IF NOT EXISTS consumed_at (consumer_group TEXT PRIMARY KEY, committed_at_ms "
    "INTEGER NOT NULL) STRICT, WITHOUT ROWID";

// Nothing when there is no file, or nothing in it yet (its maker was stopped). corrupt when it is
// not ours.
Result<std::optional<Connection>> open_for_reading(const std::string& file, Milliseconds busy_wait);

// Makes the file and its format when they are missing; makes it durable that they exist.
Result<Connection> open_for_writing(const std::string& file, std::int64_t file_bytes_max,
                                    Milliseconds busy_wait);

}  // namespace wakestream::log::embedded
