// Reads a server's catalogue in a few queries, whatever the number of tables. Reads only; needs no
// right but that to connect.
#pragma once

#include <string>
#include <vector>

#include "cdc/catalog/catalog.h"
#include "cdc/error.h"
#include "cdc/session/replication_session.h"

namespace wakestream::cdc {

struct CatalogRequest {
  std::string publication;
  // The tables to describe: these, or with `all_tables` every one outside of the system's schemas.
  std::vector<TableName> tables;
  bool all_tables = false;
};

Result<Catalog> read_catalog(const SessionOptions& options, const CatalogRequest& request);

}  // namespace wakestream::cdc
