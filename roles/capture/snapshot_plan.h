// What a snapshot will read: the tables, looked at before anything is begun.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "cdc/session/replication_session.h"
#include "mapping/rule_set.h"
#include "roles/capture/snapshot_progress.h"

namespace wakestream::capture {

// `tables` are "schema.table"; none: every table of which a rule makes an event of a SNAPSHOT row.
// The error is sentences for an operator: what stands against each table.
tl::expected<std::vector<SnapshotTablePlan>, std::string> plan_snapshot(
    const std::vector<std::string>& tables, const mapping::RuleSet& rules,
    const cdc::SessionOptions& session, const std::string& publication);

}  // namespace wakestream::capture
