// The table that gives accounts their context, against the publication.
#include <fmt/format.h>

#include "app/check/check.h"
#include "app/check/sql_names.h"
#include "mapping/context_rule.h"
#include "roles/capture/table_check.h"

namespace wakestream::check {

namespace {

using mapping::ErrorKind;

std::vector<Mend> mends_for(const mapping::Error& error, const mapping::ContextSource& context,
                            const std::string& publication) {
  const auto table = table_sql(cdc::TableName{context.table_schema, context.table_name});
  if (error.kind == ErrorKind::unknown_table)
    return {sql(fmt::format("ALTER PUBLICATION {} ADD TABLE {};", name_sql(publication), table))};
  if (error.kind == ErrorKind::not_sent && error.table_column.empty())
    return {
        sql(fmt::format("ALTER PUBLICATION {} SET (publish = 'insert, update, delete, truncate');",
                        name_sql(publication)))};
  if (error.kind == ErrorKind::not_sent)
    return {sql(fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL;", table))};
  return {advice("mend what the section context says, or the table")};
}

}  // namespace

void check_context(const CheckFacts& facts, Findings& findings) {
  if (!facts.config || !facts.config->context || !facts.catalog->publication) return;
  const auto& source = facts.config->context->source;
  const auto rule = mapping::ContextRule::parse(source);
  if (!rule) return;  // a problem of the file's, told with it
  const auto& publication = *facts.catalog->publication;
  std::vector<mapping::TableShape> shapes;
  shapes.reserve(publication.tables.size());
  for (const auto& table : publication.tables)
    shapes.push_back(capture::shape_of(table, publication.name));
  for (const auto& error : rule->check(shapes))
    findings.add("context_does_not_fit",
                 fmt::format("{}:{}:{}", error.file, error.line, error.column),
                 fmt::format("the account context: {}", error.message),
                 mends_for(error, source, publication.name));
}

}  // namespace wakestream::check
