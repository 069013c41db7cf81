#include "roles/capture/table_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace wakestream::capture {

cdc::Relation relation_of(const cdc::PublishedTable& table) {
  cdc::Relation relation;
  relation.schema = table.schema;
  relation.name = table.name;
  relation.replica_identity = static_cast<cdc::ReplicaIdentity>(table.replica_identity);
  for (std::size_t index = 0; index < table.columns.size(); ++index) {
    cdc::Column column;
    column.name = table.columns[index];
    column.type_oid = table.column_type_oids[index];
    column.part_of_key = std::find(table.identity_columns.begin(), table.identity_columns.end(),
                                   column.name) != table.identity_columns.end();
    relation.columns.push_back(std::move(column));
  }
  return relation;
}

mapping::TableShape shape_of(const cdc::PublishedTable& table, const std::string& publication) {
  mapping::TableShape shape;
  shape.publication_note = "publication " + publication;
  shape.published = {table.publishes_insert, table.publishes_update, table.publishes_delete,
                     table.publishes_truncate};
  shape.relation = relation_of(table);
  return shape;
}

std::vector<std::string> check_tables(const mapping::RuleSet& rules,
                                      std::span<const cdc::PublishedTable> tables,
                                      const std::string& publication) {
  std::vector<mapping::TableShape> shapes;
  shapes.reserve(tables.size());
  for (const auto& table : tables) shapes.push_back(shape_of(table, publication));
  std::vector<std::string> problems;
  for (const auto& error : mapping::check_rules(rules, shapes))
    problems.push_back(mapping::to_string(error));
  return problems;
}

}  // namespace wakestream::capture
