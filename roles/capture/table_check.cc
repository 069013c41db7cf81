#include "roles/capture/table_check.h"

namespace wakestream::capture {

mapping::TableShape shape_of(const cdc::PublishedTable& table, const std::string& publication) {
  mapping::TableShape shape;
  shape.publication = publication;
  shape.published = {table.publishes_insert, table.publishes_update, table.publishes_delete,
                     table.publishes_truncate};
  shape.relation = relation_of(table);
  for (const auto& part : table.parts) shape.parts.push_back(relation_of(part, shape.relation));
  return shape;
}

std::vector<std::string> check_tables(const mapping::RuleSet& rules,
                                      const mapping::ContextRule* context,
                                      std::span<const cdc::PublishedTable> tables,
                                      const std::string& publication) {
  std::vector<mapping::TableShape> shapes;
  shapes.reserve(tables.size());
  for (const auto& table : tables) shapes.push_back(shape_of(table, publication));
  std::vector<std::string> problems;
  for (const auto& error : mapping::check_rules(rules, shapes))
    problems.push_back(mapping::to_string(error));
  if (context != nullptr)
    for (const auto& error : context->check(shapes))
      problems.push_back("the account context: " + mapping::to_string(error));
  return problems;
}

}  // namespace wakestream::capture
