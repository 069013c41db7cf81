// What a publication holds, read from the catalogue in two queries: a row a column, and a row a
// column of the key of each partition.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cdc/session/connection.h"
#include "cdc/session/published_tables.h"

namespace wakestream::cdc {

namespace {

// pg_publication_tables has had the column list and the row filter since 15.
constexpr const char* query = R"(
SELECT pt.schemaname, pt.tablename, c.relreplident, pt.rowfilter IS NOT NULL,
       p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
       a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid,
       CASE c.relreplident WHEN 'f' THEN true WHEN 'n' THEN false
            ELSE coalesce(a.attnum = ANY (i.indkey::int2[]), false) END
FROM pg_publication_tables pt
JOIN pg_publication p ON p.pubname = pt.pubname
JOIN pg_namespace n ON n.nspname = pt.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = pt.tablename
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = ANY (pt.attnames) AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid
     AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))
WHERE pt.pubname = {}
ORDER BY pt.schemaname, pt.tablename, a.attnum)";

constexpr const char* parts_query = R"(
SELECT pt.schemaname, pt.tablename, partn.nspname, part.relname, part.relreplident, a.attname
FROM pg_publication_tables pt
JOIN pg_namespace n ON n.nspname = pt.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = pt.tablename AND c.relkind = 'p'
CROSS JOIN LATERAL pg_partition_tree(c.oid) AS tree
JOIN pg_class part ON part.oid = tree.relid AND part.relkind = 'r'
JOIN pg_namespace partn ON partn.oid = part.relnamespace
LEFT JOIN pg_index i ON i.indrelid = part.oid
     AND ((part.relreplident = 'd' AND i.indisprimary) OR (part.relreplident = 'i' AND i.indisreplident))
LEFT JOIN pg_attribute a ON a.attrelid = part.oid AND a.attnum = ANY (i.indkey::int2[])
WHERE pt.pubname = {}
ORDER BY pt.schemaname, pt.tablename, partn.nspname, part.relname, a.attnum)";

bool yes(const PGresult* rows, int row, int column) { return cell(rows, row, column) == "t"; }

PublishedTable table_of(const PGresult* rows, int row) {
  PublishedTable table;
  table.schema = cell(rows, row, 0);
  table.name = cell(rows, row, 1);
  table.replica_identity = cell(rows, row, 2).at(0);
  table.has_row_filter = yes(rows, row, 3);
  table.publishes_insert = yes(rows, row, 4);
  table.publishes_update = yes(rows, row, 5);
  table.publishes_delete = yes(rows, row, 6);
  table.publishes_truncate = yes(rows, row, 7);
  return table;
}

// Rows of one table come one behind the other, and those of one part among them.
void add_parts(const PGresult* rows, std::vector<PublishedTable>& tables) {
  auto table = tables.begin();
  for (int row = 0; row < PQntuples(rows); ++row) {
    const auto belongs = [&](const PublishedTable& one) {
      return one.schema == cell(rows, row, 0) && one.name == cell(rows, row, 1);
    };
    table = std::find_if(table, tables.end(), belongs);
    if (table == tables.end()) {  // published between the two queries
      table = tables.begin();
      continue;
    }
    PublishedPart part{cell(rows, row, 2), cell(rows, row, 3), cell(rows, row, 4).at(0), {}};
    auto& parts = table->parts;
    if (parts.empty() || parts.back().schema != part.schema || parts.back().name != part.name)
      parts.push_back(std::move(part));
    if (PQgetisnull(rows, row, 5) == 0) parts.back().identity_columns.push_back(cell(rows, row, 5));
  }
}

}  // namespace

Relation relation_of(const PublishedTable& table) {
  Relation relation;
  relation.schema = table.schema;
  relation.name = table.name;
  relation.replica_identity = static_cast<ReplicaIdentity>(table.replica_identity);
  for (std::size_t index = 0; index < table.columns.size(); ++index) {
    Column column;
    column.name = table.columns[index];
    column.type_oid = table.column_type_oids[index];
    column.part_of_key = std::find(table.identity_columns.begin(), table.identity_columns.end(),
                                   column.name) != table.identity_columns.end();
    relation.columns.push_back(std::move(column));
  }
  return relation;
}

Relation relation_of(const PublishedPart& part, const Relation& whole) {
  auto relation = whole;
  relation.schema = part.schema;
  relation.name = part.name;
  relation.replica_identity = static_cast<ReplicaIdentity>(part.replica_identity);
  for (auto& column : relation.columns)
    column.part_of_key = relation.replica_identity == ReplicaIdentity::full ||
                         std::find(part.identity_columns.begin(), part.identity_columns.end(),
                                   column.name) != part.identity_columns.end();
  return relation;
}

Result<std::vector<PublishedTable>> read_published_tables(PGconn* connection,
                                                          const std::string& publication,
                                                          Patience patience) {
  const auto doing = fmt::format("read publication \"{}\"", publication);
  const auto name = quote_literal(connection, publication);
  auto exists =
      execute(connection, "SELECT 1 FROM pg_publication WHERE pubname = " + name, doing, patience);
  if (!exists) return tl::make_unexpected(exists.error());
  if (PQntuples(exists->get()) == 0) {
    return tl::make_unexpected(
        Error{ErrorKind::publication_missing,
              fmt::format("there is no publication \"{}\" in this database", publication),
              {}});
  }
  auto answer = execute(connection, fmt::format(fmt::runtime(query), name), doing, patience);
  if (!answer) return tl::make_unexpected(answer.error());
  const auto* rows = answer->get();
  std::vector<PublishedTable> tables;
  for (int row = 0; row < PQntuples(rows); ++row) {
    auto table = table_of(rows, row);
    if (tables.empty() || tables.back().schema != table.schema || tables.back().name != table.name)
      tables.push_back(std::move(table));
    auto& current = tables.back();
    current.columns.push_back(cell(rows, row, 8));
    current.column_types.push_back(cell(rows, row, 9));
    current.column_type_oids.push_back(static_cast<std::uint32_t>(std::stoul(cell(rows, row, 10))));
    if (yes(rows, row, 11)) current.identity_columns.push_back(current.columns.back());
  }
  for (auto& table : tables) table.replica_identity_usable = !table.identity_columns.empty();
  auto parts = execute(connection, fmt::format(fmt::runtime(parts_query), name), doing, patience);
  if (!parts) return tl::make_unexpected(parts.error());
  add_parts(parts->get(), tables);
  return tables;
}

}  // namespace wakestream::cdc
