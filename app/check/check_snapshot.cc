// A pipeline that is to begin with a snapshot: may its tables be read, and can they be followed?
// Once it is born the configuration's wish is not looked at any more.
#include <fmt/format.h>

#include "app/check/check.h"
#include "app/check/sql_names.h"
#include "app/check/table_shape.h"

namespace wakestream::check {

namespace {

void check_readable(const cdc::Catalog& catalog, const cdc::TableFacts& table, Findings& findings) {
  if (table.readable_by_role) return;
  const auto role = name_sql(catalog.role.name);
  findings.add(
      "snapshot_no_select", fmt::format("table {}", shown(table.name)),
      fmt::format("snapshot.initial is true, and role {} may not read {}", catalog.role.name,
                  shown(table.name)),
      {sql(fmt::format("GRANT USAGE ON SCHEMA {} TO {};", name_sql(table.name.schema), role)),
       sql(fmt::format("GRANT SELECT ON {} TO {};", table_sql(table.name), role))});
}

void check_key(const cdc::TableFacts& table, Findings& findings) {
  const bool has_key = table.replica_identity == 'i' || !table.primary_key.empty();
  if (has_key) return;
  findings.add("snapshot_no_key", fmt::format("table {}", shown(table.name)),
               fmt::format("snapshot.initial is true, and {} has no primary key for a snapshot to "
                           "follow",
                           shown(table.name)),
               {advice(fmt::format(
                   "give {} a primary key, or a unique index of NOT NULL columns and REPLICA "
                   "IDENTITY USING INDEX; or leave its rows out: no rule with op = 'SNAPSHOT'",
                   shown(table.name)))});
}

}  // namespace

void check_snapshot(const CheckFacts& facts, Findings& findings) {
  if (!facts.config->snapshot.initial || !facts.rules || facts.log.born()) return;
  bool any = false;
  for (const auto& table : facts.catalog->tables) {
    if (!table.is_table()) continue;
    if (mapping::snapshot_event_types(*facts.rules, whole_shape(table).relation).empty()) continue;
    any = true;
    check_readable(*facts.catalog, table, findings);
    check_key(table, findings);
  }
  if (any || !facts.rule_problems.empty()) return;
  findings.add("snapshot_of_nothing", "snapshot.initial",
               "snapshot.initial is true, and no rule makes an event of a SNAPSHOT row: the "
               "pipeline begins without one",
               {advice("give a rule op IN ('SNAPSHOT', ...), or leave snapshot.initial out")});
}

}  // namespace wakestream::check
