#include "cdc/catalog/table_queries.h"

#include <fmt/format.h>

#include <cstdlib>
#include <unordered_map>

#include "cdc/session/connection.h"

namespace wakestream::cdc {

namespace {

using std::chrono::milliseconds;
using Rows = std::unordered_map<std::string, TableFacts*>;  // by OID, as text

constexpr const char* doing = "read the tables of the catalogue";

// A partition's root is what the stream names when the publication says so.
constexpr const char* tables_query = R"(
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence = 'u', c.relreplident, c.reltuples::bigint,
       c.relispartition, rn.nspname, r.relname,
       has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'UPDATE'),
       has_table_privilege(c.oid, 'DELETE'), has_table_privilege(c.oid, 'TRUNCATE'),
       has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class r ON c.relispartition AND r.oid = pg_partition_root(c.oid)
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {}
ORDER BY n.nspname, c.relname)";

constexpr const char* columns_query = R"(
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.atttypid, a.attnotnull, a.attgenerated,
       coalesce(a.attnum = ANY (pk.indkey::int2[]), false),
       CASE c.relreplident WHEN 'f' THEN true WHEN 'n' THEN false WHEN 'd' THEN coalesce(a.attnum = ANY (pk.indkey::int2[]), false)
            ELSE coalesce(a.attnum = ANY (ri.indkey::int2[]), false) END
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index pk ON pk.indrelid = c.oid AND pk.indisprimary
LEFT JOIN pg_index ri ON ri.indrelid = c.oid AND ri.indisreplident
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {}
ORDER BY a.attrelid, a.attnum)";

constexpr const char* foreign_keys_query = R"(
SELECT k.conrelid, k.oid, a.attname, tn.nspname, t.relname, ta.attname
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class t ON t.oid = k.confrelid
JOIN pg_namespace tn ON tn.oid = t.relnamespace
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS pair (from_number, to_number, place)
JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.from_number
JOIN pg_attribute ta ON ta.attrelid = k.confrelid AND ta.attnum = pair.to_number
WHERE k.contype = 'f' AND k.conparentid = 0 AND {}
ORDER BY k.conrelid, k.oid, pair.place)";

// pg_stats shows only what the role may read, and of that only counts are asked for.
constexpr const char* statistics_query = R"(
SELECT c.oid, s.attname, s.n_distinct, s.null_frac
FROM pg_stats s
JOIN pg_namespace n ON n.nspname = s.schemaname
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
WHERE NOT s.inherited AND {})";

bool yes(const PGresult* rows, int row, int column) { return cell(rows, row, column) == "t"; }

std::string which_tables(PGconn* connection, const CatalogRequest& request) {
  if (request.all_tables) return R"(n.nspname <> 'information_schema' AND n.nspname !~ '^pg_')";
  std::string list;
  for (const auto& table : request.tables)
    list +=
        fmt::format("{}({}::name, {}::name)", list.empty() ? "" : ", ",
                    quote_literal(connection, table.schema), quote_literal(connection, table.name));
  return list.empty() ? "false" : fmt::format("(n.nspname, c.relname) IN ({})", list);
}

TableFacts table_of(const PGresult* rows, int row) {
  TableFacts table;
  table.name = {cell(rows, row, 1), cell(rows, row, 2)};
  table.kind = cell(rows, row, 3).at(0);
  table.unlogged = yes(rows, row, 4);
  table.replica_identity = cell(rows, row, 5).at(0);
  table.estimated_rows = std::strtoll(cell(rows, row, 6).c_str(), nullptr, 10);
  if (yes(rows, row, 7)) table.partition_root = TableName{cell(rows, row, 8), cell(rows, row, 9)};
  int column = 10;
  for (const char* privilege : {"INSERT", "UPDATE", "DELETE", "TRUNCATE"})
    if (yes(rows, row, column++)) table.written_by_role.emplace_back(privilege);
  table.readable_by_role = yes(rows, row, column);
  return table;
}

void add_column(const PGresult* rows, int row, TableFacts& table) {
  ColumnFacts column;
  column.name = cell(rows, row, 1);
  column.type = cell(rows, row, 2);
  column.type_oid =
      static_cast<std::uint32_t>(std::strtoul(cell(rows, row, 3).c_str(), nullptr, 10));
  column.not_null = yes(rows, row, 4);
  if (const auto generated = cell(rows, row, 5); !generated.empty())
    column.generated = generated.front();
  if (yes(rows, row, 6)) table.primary_key.push_back(column.name);
  if (yes(rows, row, 7)) table.identity_columns.push_back(column.name);
  table.columns.push_back(std::move(column));
}

void add_statistics(const PGresult* rows, int row, TableFacts& table) {
  const auto name = cell(rows, row, 1);
  for (auto& column : table.columns) {
    if (column.name != name) continue;
    column.has_statistics = true;
    column.distinct = std::strtof(cell(rows, row, 2).c_str(), nullptr);
    column.null_share = std::strtof(cell(rows, row, 3).c_str(), nullptr);
  }
}

// Rows of one key come one behind the other.
void add_foreign_keys(const PGresult* rows, const Rows& by_oid) {
  std::string last_key;
  for (int row = 0; row < PQntuples(rows); ++row) {
    const auto table = by_oid.find(cell(rows, row, 0));
    if (table == by_oid.end()) continue;
    auto& keys = table->second->foreign_keys;
    if (const auto key = cell(rows, row, 1); key != last_key) {
      keys.push_back({{}, {cell(rows, row, 3), cell(rows, row, 4)}, {}});
      last_key = key;
    }
    keys.back().columns.push_back(cell(rows, row, 2));
    keys.back().target_columns.push_back(cell(rows, row, 5));
  }
}

}  // namespace

Result<std::vector<TableFacts>> read_tables(PGconn* connection, const CatalogRequest& request,
                                            milliseconds timeout) {
  const auto which = which_tables(connection, request);
  const auto ask = [&](const char* query) {
    return execute(connection, fmt::format(fmt::runtime(query), which), doing, timeout);
  };
  auto found = ask(tables_query);
  if (!found) return tl::make_unexpected(found.error());
  std::vector<TableFacts> tables;
  std::vector<std::string> oids;
  for (int row = 0; row < PQntuples(found->get()); ++row) {
    tables.push_back(table_of(found->get(), row));
    oids.push_back(cell(found->get(), row, 0));
  }
  Rows by_oid;
  for (std::size_t at = 0; at < tables.size(); ++at) by_oid.emplace(oids[at], &tables[at]);

  const auto each = [&](const char* query, auto add) -> Result<void> {
    auto rows = ask(query);
    if (!rows) return tl::make_unexpected(rows.error());
    for (int row = 0; row < PQntuples(rows->get()); ++row) {
      if (const auto table = by_oid.find(cell(rows->get(), row, 0)); table != by_oid.end())
        add(rows->get(), row, *table->second);
    }
    return {};
  };
  if (auto done = each(columns_query, add_column); !done) return tl::make_unexpected(done.error());
  if (request.all_tables) {
    if (auto done = each(statistics_query, add_statistics); !done)
      return tl::make_unexpected(done.error());
  }
  auto keys = ask(foreign_keys_query);
  if (!keys) return tl::make_unexpected(keys.error());
  add_foreign_keys(keys->get(), by_oid);
  return tables;
}

}  // namespace wakestream::cdc
