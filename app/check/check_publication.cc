// The publication itself: what it sends, and what it does to the tables in it.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/check/check.h"
#include "app/check/publication_mend.h"
#include "app/check/sql_names.h"
#include "mapping/rule.h"

namespace wakestream::check {

namespace {

std::vector<cdc::TableName> tables_of_rules(const CheckFacts& facts) {
  std::vector<cdc::TableName> tables;
  if (!facts.rules) return tables;
  for (const auto& rule : facts.rules->rules()) {
    cdc::TableName table{rule.table_schema, rule.table_name};
    const auto* known = facts.catalog->find_table(table);
    if (known == nullptr || !known->is_table()) continue;
    if (std::find(tables.begin(), tables.end(), table) == tables.end())
      tables.push_back(std::move(table));
  }
  if (facts.config && facts.config->context) {
    const auto& source = facts.config->context->source;
    cdc::TableName table{source.table_schema, source.table_name};
    const auto* known = facts.catalog->find_table(table);
    if (known != nullptr && known->is_table() &&
        std::find(tables.begin(), tables.end(), table) == tables.end())
      tables.push_back(std::move(table));
  }
  return tables;
}

void missing(const CheckFacts& facts, Findings& findings) {
  const auto& name = facts.config->source.publication;
  std::string list;
  for (const auto& table : tables_of_rules(facts))
    list += fmt::format("{}{}", list.empty() ? " FOR TABLE " : ", ", table_sql(table));
  findings.add("publication_missing", fmt::format("publication {}", name),
               fmt::format("there is no publication {} in database {}", name,
                           facts.catalog->server.database),
               {sql(fmt::format("CREATE PUBLICATION {}{} WITH (publish_via_partition_root = true);",
                                name_sql(name), list))});
}

bool sends_changes_of_rows(const cdc::PublicationFacts& publication) {
  return publication.update || publication.remove;
}

// What writes the WAL: a table, or each partition of one. Its replica identity is what counts.
struct Writer {
  cdc::TableName name;
  std::vector<std::string> identity_columns;
};

std::vector<Writer> writers_of(const cdc::PublishedTable& sent, const cdc::TableFacts& table) {
  if (table.kind != 'p') return {{table.name, table.identity_columns}};
  std::vector<Writer> writers;
  for (const auto& part : sent.parts) {
    writers.push_back({{part.schema, part.name}, part.identity_columns});
    if (part.replica_identity != 'f') continue;
    for (const auto& column : table.columns) writers.back().identity_columns.push_back(column.name);
  }
  return writers;
}

// The identity's column that the column list leaves out; nothing when it has them all. Generated
// columns are never in it.
std::optional<std::string> left_out(const Writer& writer, const cdc::PublishedTable& sent,
                                    const cdc::TableFacts& table) {
  for (const auto& column : writer.identity_columns) {
    const auto* facts = table.find_column(column);
    const bool generated = facts != nullptr && facts->generated != 0;
    const bool is_sent =
        std::find(sent.columns.begin(), sent.columns.end(), column) != sent.columns.end();
    if (!generated && !is_sent) return column;
  }
  return std::nullopt;
}

// With these the application's own UPDATE and DELETE fail.
void check_writers(const cdc::Catalog& catalog, Findings& findings) {
  const auto& publication = *catalog.publication;
  if (!sends_changes_of_rows(publication)) return;
  for (const auto& sent : publication.tables) {
    const cdc::TableName name{sent.schema, sent.name};
    const auto* table = catalog.find_table(name);
    if (table == nullptr) continue;
    bool list_judged = false;
    for (const auto& writer : writers_of(sent, *table)) {
      if (writer.identity_columns.empty()) {
        findings.add(
            "no_replica_identity", fmt::format("table {}", shown(writer.name)),
            fmt::format("table {} is published and has no replica identity: PostgreSQL refuses "
                        "every UPDATE and DELETE of it",
                        shown(writer.name)),
            {sql(fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL;", table_sql(writer.name)))});
      } else if (const auto column = left_out(writer, sent, *table); column && !list_judged) {
        list_judged = true;
        findings.add("column_list_without_identity", fmt::format("table {}", shown(name)),
                     fmt::format("the publication's column list of {} leaves out {} of its replica "
                                 "identity: PostgreSQL refuses every UPDATE and DELETE of it",
                                 shown(name), *column),
                     {publish_whole(publication, name)});
      }
    }
  }
}

void check_filters(const cdc::PublicationFacts& publication, Findings& findings) {
  for (const auto& entry : publication.entries) {
    if (entry.row_filter.empty()) continue;
    findings.add("row_filter", fmt::format("publication {}", publication.name),
                 fmt::format("the publication has a row filter on {}: a row that comes into it or "
                             "leaves it arrives as INSERT or DELETE, and rules cannot tell",
                             shown(entry.table)),
                 {publish_whole(publication, entry.table)});
  }
}

void check_surplus(const CheckFacts& facts, Findings& findings) {
  const auto& publication = *facts.catalog->publication;
  const auto where = fmt::format("publication {}", publication.name);
  if (publication.all_tables) {
    findings.add(
        "publication_all_tables", where,
        "the publication holds all tables: changes that no rule reads are decoded and sent "
        "too",
        {advice("make a publication of the rules' tables under a new name, and name it in "
                "source.publication when the slot has caught up")});
    return;
  }
  // A rule that names no table may have meant one of these.
  if (!facts.rules || findings.has("table_missing") || findings.has("not_a_table")) return;
  const auto used = tables_of_rules(facts);
  std::vector<Mend> mends;
  std::string names;
  for (const auto& entry : publication.entries) {
    const bool needed = std::any_of(used.begin(), used.end(), [&](const cdc::TableName& table) {
      const auto* known = facts.catalog->find_table(table);
      return table == entry.table || (known != nullptr && known->partition_root == entry.table);
    });
    if (needed) continue;
    mends.push_back(sql(fmt::format("ALTER PUBLICATION {} DROP TABLE {};",
                                    name_sql(publication.name), table_sql(entry.table))));
    names += fmt::format("{}{}", names.empty() ? "" : ", ", shown(entry.table));
  }
  if (!mends.empty())
    findings.add("publication_surplus", where,
                 fmt::format("the publication holds tables that no rule reads: {}", names),
                 std::move(mends));
}

}  // namespace

void check_publication(const CheckFacts& facts, Findings& findings) {
  if (!facts.catalog->publication) return missing(facts, findings);
  check_writers(*facts.catalog, findings);
  check_filters(*facts.catalog->publication, findings);
  check_surplus(facts, findings);
}

}  // namespace wakestream::check
