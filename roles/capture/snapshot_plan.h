// What a snapshot will read: the tables, looked at before anything is begun.
#pragma once

#include <string>
#include <vector>

#include "cdc/session/replication_session.h"
#include "cdc/snapshot/snapshot_problem.h"
#include "mapping/rule_set.h"
#include "roles/capture/snapshot_progress.h"

namespace wakestream::capture {

// `tables` are "schema.table"; none: every table of which a rule makes an event of a SNAPSHOT row,
// which may be none. `where` is a condition on the rows of the one table that is named, or empty.
// `context_table` gives the account context, and may be read whatever the rules say; empty: none.
// The error is sentences for an operator: what stands against each table.
cdc::SnapshotResult<std::vector<SnapshotTablePlan>> plan_snapshot(
    const std::vector<std::string>& tables, const std::string& where, const mapping::RuleSet& rules,
    const std::string& context_table, const cdc::SessionOptions& session,
    const std::string& publication);

}  // namespace wakestream::capture
