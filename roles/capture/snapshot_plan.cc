#include "roles/capture/snapshot_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "cdc/snapshot/chunk_reader.h"
#include "mapping/mapper.h"

namespace wakestream::capture {

tl::expected<std::vector<SnapshotTablePlan>, std::string> plan_snapshot(
    const std::vector<std::string>& tables, const mapping::RuleSet& rules,
    const cdc::SessionOptions& session, const std::string& publication) {
  auto reader = cdc::ChunkReader::connect(session);
  if (!reader)
    return tl::make_unexpected("the tables could not be looked at: " + reader.error().message);
  std::vector<SnapshotTablePlan> plan;
  std::string problems;
  for (const auto& name : tables.empty() ? rules.tables() : tables) {
    const bool twice = std::any_of(plan.begin(), plan.end(),
                                   [&](const auto& planned) { return planned.name == name; });
    if (twice) continue;
    const auto table = (*reader)->describe(publication, name);
    if (table && !mapping::snapshot_event_types(rules, table->relation).empty()) {
      plan.push_back({name, ""});
    } else if (!table) {
      problems += "\n  " + table.error().message;
      // A connection that is gone says nothing of the other tables.
      if (table.error().passing) break;
    } else if (!tables.empty()) {
      problems += fmt::format(
          "\n  no rule makes an event of a SNAPSHOT row of {}: give it one (op = 'SNAPSHOT')",
          name);
    }
  }
  if (!problems.empty())
    return tl::make_unexpected("the snapshot cannot read its tables:" + problems);
  if (plan.empty())
    return tl::make_unexpected(
        std::string("no rule makes an event of a SNAPSHOT row: give one to a table (op = "
                    "'SNAPSHOT'), and reload the rules"));
  return plan;
}

}  // namespace wakestream::capture
