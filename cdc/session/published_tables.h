// What a publication holds, from the catalogue.
#pragma once

#include <libpq-fe.h>

#include <string>
#include <vector>

#include "cdc/error.h"
#include "cdc/session/connection.h"
#include "cdc/session/replication_session.h"

namespace wakestream::cdc {

// In the order of schema and table names; columns in the table's order.
Result<std::vector<PublishedTable>> read_published_tables(PGconn* connection,
                                                          const std::string& publication,
                                                          Patience patience);

}  // namespace wakestream::cdc
