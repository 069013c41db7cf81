#include "roles/capture/snapshot_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "cdc/snapshot/chunk_reader.h"
#include "mapping/mapper.h"

namespace wakestream::capture {

namespace {

constexpr const char* cannot_read = "the snapshot cannot read its tables:";

// Those of which the rules take rows: of others nothing is asked, not even a right.
cdc::SnapshotResult<std::vector<std::string>> tables_wanted(const mapping::RuleSet& rules,
                                                            cdc::ChunkReader& reader,
                                                            const std::string& publication) {
  auto published = reader.published(publication);
  if (!published)
    return tl::make_unexpected(
        cdc::SnapshotProblem{fmt::format("{}\n  {}", cannot_read, published.error().message),
                             published.error().passing});
  std::vector<std::string> wanted;
  for (const auto& name : rules.tables()) {
    const auto found =
        std::find_if(published->begin(), published->end(),
                     [&](const cdc::Relation& one) { return one.schema + "." + one.name == name; });
    if (found != published->end() && !mapping::snapshot_event_types(rules, *found).empty())
      wanted.push_back(name);
  }
  return wanted;
}

}  // namespace

cdc::SnapshotResult<std::vector<SnapshotTablePlan>> plan_snapshot(
    const std::vector<std::string>& tables, const std::string& where, const mapping::RuleSet& rules,
    const std::string& context_table, const cdc::SessionOptions& session,
    const std::string& publication) {
  if (!where.empty() && tables.size() != 1)
    return tl::make_unexpected(cdc::SnapshotProblem{
        "a condition (--where) is about the rows of one table: name it, and no other, with --table",
        false});
  auto reader = cdc::ChunkReader::connect(session);
  if (!reader)
    return tl::make_unexpected(cdc::SnapshotProblem{
        "the tables could not be looked at: " + reader.error().message, reader.error().passing});
  auto chosen = tables;
  if (tables.empty()) {
    auto wanted = tables_wanted(rules, **reader, publication);
    if (!wanted) return tl::make_unexpected(wanted.error());
    chosen = std::move(*wanted);
  }
  std::vector<SnapshotTablePlan> plan;
  std::string problems;
  for (const auto& name : chosen) {
    const bool twice = std::any_of(plan.begin(), plan.end(),
                                   [&](const auto& planned) { return planned.name == name; });
    if (twice) continue;
    auto table = (*reader)->describe(publication, name);
    if (table && !where.empty()) {
      auto checked = (*reader)->check_condition(*table, where);
      if (!checked) table = tl::make_unexpected(checked.error());
    }
    const bool of_use = name == context_table ||
                        (table && !mapping::snapshot_event_types(rules, table->relation).empty());
    if (table && of_use) {
      plan.push_back({name, where});
    } else if (!table) {
      problems += "\n  " + table.error().message;
      // A connection that is gone says nothing of the other tables.
      if (table.error().passing)
        return tl::make_unexpected(cdc::SnapshotProblem{cannot_read + problems, true});
    } else if (!tables.empty()) {
      problems += fmt::format(
          "\n  no rule makes an event of a SNAPSHOT row of {}: give it one (op = 'SNAPSHOT')",
          name);
    }
  }
  if (!problems.empty())
    return tl::make_unexpected(cdc::SnapshotProblem{cannot_read + problems, false});
  return plan;
}

}  // namespace wakestream::capture
