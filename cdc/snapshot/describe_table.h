// One published table as a snapshot needs it, or why it cannot be read in chunks.
#pragma once

#include <libpq-fe.h>

#include <string>

#include "cdc/session/connection.h"
#include "cdc/snapshot/snapshot_problem.h"
#include "cdc/snapshot/snapshot_table.h"

namespace wakestream::cdc {

// `name` is "schema.table", as the names stand in the database.
SnapshotResult<SnapshotTable> describe_table(PGconn* connection, const std::string& publication,
                                             const std::string& name, Patience patience);

}  // namespace wakestream::cdc
