// Snapshots that `run` begins by itself: may their tables be read, and can they be followed?
//
// A pipeline's first one (once it is born the configuration's wish is not looked at any more), and
// the one that fills the account context.
#include <fmt/format.h>

#include "app/check/check.h"
#include "app/check/sql_names.h"
#include "app/check/table_shape.h"
#include "mapping/context_rule.h"

namespace wakestream::check {

namespace {

void check_readable(const char* id, const std::string& because, const cdc::Catalog& catalog,
                    const cdc::TableFacts& table, Findings& findings) {
  if (table.readable_by_role) return;
  const auto role = name_sql(catalog.role.name);
  findings.add(
      id, fmt::format("table {}", shown(table.name)),
      fmt::format("{}, and role {} may not read {}", because, catalog.role.name, shown(table.name)),
      {sql(fmt::format("GRANT USAGE ON SCHEMA {} TO {};", name_sql(table.name.schema), role)),
       sql(fmt::format("GRANT SELECT ON {} TO {};", table_sql(table.name), role))});
}

void check_key(const char* id, const std::string& because, const char* or_else,
               const cdc::TableFacts& table, Findings& findings) {
  const bool has_key = table.replica_identity == 'i' || !table.primary_key.empty();
  if (has_key) return;
  findings.add(id, fmt::format("table {}", shown(table.name)),
               fmt::format("{}, and {} has no primary key for a snapshot to follow", because,
                           shown(table.name)),
               {advice(fmt::format("give {} a primary key, or a unique index of NOT NULL columns "
                                   "and REPLICA IDENTITY USING INDEX; {}",
                                   shown(table.name), or_else))});
}

void check_first_snapshot(const CheckFacts& facts, Findings& findings) {
  constexpr const char* because = "snapshot.initial is true";
  if (!facts.config->snapshot.initial || !facts.rules || facts.log.born()) return;
  bool any = false;
  for (const auto& table : facts.catalog->tables) {
    if (!table.is_table()) continue;
    if (mapping::snapshot_event_types(*facts.rules, whole_shape(table).relation).empty()) continue;
    any = true;
    check_readable("snapshot_no_select", because, *facts.catalog, table, findings);
    check_key("snapshot_no_key", because, "or leave its rows out: no rule with op = 'SNAPSHOT'",
              table, findings);
  }
  if (any || !facts.rule_problems.empty()) return;
  findings.add("snapshot_of_nothing", "snapshot.initial",
               "snapshot.initial is true, and no rule makes an event of a SNAPSHOT row: the "
               "pipeline begins without one",
               {advice("give a rule op IN ('SNAPSHOT', ...), or leave snapshot.initial out")});
}

void check_fill(const CheckFacts& facts, Findings& findings) {
  if (!fills_context(facts)) return;
  const auto& source = facts.config->context->source;
  const auto* table = facts.catalog->find_table({source.table_schema, source.table_name});
  if (table == nullptr || !table->is_table()) return;
  constexpr const char* because = "the account context is filled from its table's rows";
  check_readable("context_no_select", because, *facts.catalog, *table, findings);
  check_key("context_no_key", because, "or leave the section context out", *table, findings);
}

}  // namespace

bool fills_context(const CheckFacts& facts) {
  if (!facts.config->context) return false;
  const auto rule = mapping::ContextRule::parse(facts.config->context->source);
  if (!rule) return false;  // a problem of the file's, told with it
  const auto& checkpoint = facts.log.checkpoint;
  const bool is_filled = facts.log.born() && checkpoint->context &&
                         checkpoint->context->rule_hash == rule->hash() &&
                         checkpoint->context->is_filled();
  return !is_filled;
}

void check_snapshot(const CheckFacts& facts, Findings& findings) {
  check_first_snapshot(facts, findings);
  check_fill(facts, findings);
}

}  // namespace wakestream::check
