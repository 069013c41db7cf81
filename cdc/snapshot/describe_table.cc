#include "cdc/snapshot/describe_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cdc/session/published_tables.h"

namespace wakestream::cdc {

namespace {

// Chunks follow the key that names a row in the stream: the replica identity's index, else the
// primary key.
constexpr const char* table_query = R"(
SELECT c.relkind = 'p', c.reltuples::bigint, coalesce(pt.rowfilter, ''), has_table_privilege(c.oid, 'SELECT'),
       has_schema_privilege(n.oid, 'USAGE'), c.oid
FROM pg_publication_tables pt
JOIN pg_namespace n ON n.nspname = pt.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = pt.tablename
WHERE pt.pubname = {} AND pt.schemaname = {} AND pt.tablename = {})";

constexpr const char* key_query = R"(
SELECT a.attname, o.nspname, o.oprname
FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid
CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY AS k (attnum, opclass, place)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
JOIN pg_opclass oc ON oc.oid = k.opclass
LEFT JOIN LATERAL (
  SELECT n.nspname, op.oprname FROM pg_amop am JOIN pg_operator op ON op.oid = am.amopopr
  JOIN pg_namespace n ON n.oid = op.oprnamespace
  WHERE am.amopfamily = oc.opcfamily AND am.amopstrategy = 5 AND am.amoplefttype = oc.opcintype
    AND am.amoprighttype = oc.opcintype AND oc.opcdefault) AS o ON true
WHERE c.oid = {} AND k.place <= i.indnkeyatts
  AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END
ORDER BY k.place)";

bool yes(const PGresult* rows, int column) { return cell(rows, 0, column) == "t"; }

tl::unexpected<SnapshotProblem> refused(std::string message) {
  return tl::make_unexpected(SnapshotProblem{std::move(message), false});
}

// The columns of the key, and the schema of the operators that order them.
SnapshotResult<void> read_key(PGconn* connection, const std::string& oid, const std::string& name,
                              SnapshotTable& table, Patience patience) {
  auto rows = execute(connection, fmt::format(fmt::runtime(key_query), oid),
                      fmt::format("read the key of {}", name), patience);
  if (!rows) return tl::make_unexpected(problem_of(rows.error()));
  for (int row = 0; row < PQntuples(rows->get()); ++row) {
    const auto column = cell(rows->get(), row, 0);
    const auto& columns = table.relation.columns;
    const auto at = std::find_if(columns.begin(), columns.end(),
                                 [&](const Column& one) { return one.name == column; });
    if (at == columns.end())
      return refused(
          fmt::format("the publication leaves out column {} of {}, which is part of its "
                      "key: a snapshot could not tell its rows apart",
                      column, name));
    const auto schema = cell(rows->get(), row, 1);
    if (cell(rows->get(), row, 2) != ">" || (row > 0 && schema != table.operator_schema))
      return refused(fmt::format(
          "the key of {} is not ordered by one kind of operators: a snapshot cannot follow it",
          name));
    table.operator_schema = schema;
    table.key.push_back(column);
    table.key_columns.push_back(static_cast<std::size_t>(at - columns.begin()));
  }
  if (table.key.empty())
    return refused(fmt::format(
        "{} has no primary key: a snapshot goes by it, and cannot tell its rows apart without",
        name));
  return {};
}

}  // namespace

SnapshotResult<SnapshotTable> describe_table(PGconn* connection, const std::string& publication,
                                             const std::string& name, Patience patience) {
  auto published = read_published_tables(connection, publication, patience);
  if (!published) return tl::make_unexpected(problem_of(published.error()));
  const auto found =
      std::find_if(published->begin(), published->end(),
                   [&](const PublishedTable& one) { return one.schema + "." + one.name == name; });
  if (found == published->end())
    return refused(fmt::format("publication \"{}\" has no table {}", publication, name));
  SnapshotTable table;
  table.relation = relation_of(*found);
  auto rows = execute(
      connection,
      fmt::format(fmt::runtime(table_query), quote_literal(connection, publication),
                  quote_literal(connection, found->schema), quote_literal(connection, found->name)),
      fmt::format("read what {} is", name), patience);
  if (!rows) return tl::make_unexpected(problem_of(rows.error()));
  const auto* row = rows->get();
  if (PQntuples(row) == 0)
    return refused(fmt::format("publication \"{}\" has no table {}", publication, name));
  if (!yes(row, 3) || !yes(row, 4))
    return refused(
        fmt::format("the role of source.url may not read {0}: GRANT USAGE ON SCHEMA {1} "
                    "TO it, and GRANT SELECT ON {0} TO it",
                    name, found->schema));
  table.partitioned = yes(row, 0);
  table.rows_estimated = std::strtoll(cell(row, 0, 1).c_str(), nullptr, 10);
  table.row_filter = cell(row, 0, 2);
  if (auto key = read_key(connection, cell(row, 0, 5), name, table, patience); !key)
    return tl::make_unexpected(key.error());
  return table;
}

}  // namespace wakestream::cdc
