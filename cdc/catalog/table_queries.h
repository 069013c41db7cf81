// The queries about tables: one for tables, one for columns, one for foreign keys, one for counts.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <vector>

#include "cdc/catalog/catalog.h"
#include "cdc/catalog/read_catalog.h"
#include "cdc/error.h"

namespace wakestream::cdc {

Result<std::vector<TableFacts>> read_tables(PGconn* connection, const CatalogRequest& request,
                                            std::chrono::milliseconds timeout);

}  // namespace wakestream::cdc
