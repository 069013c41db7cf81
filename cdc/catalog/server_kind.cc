#include "cdc/catalog/server_kind.h"

#include <algorithm>

namespace wakestream::cdc {

namespace {

bool holds(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

}  // namespace

// A role alone is not believed: anybody can make a role named rds_superuser. So each service is
// told by its role and its own settings together.
ServerKind server_kind(const ServerFacts& server) {
  const auto is = [&](std::string_view role, std::string_view prefix) {
    return holds(server.service_roles, role) && holds(server.setting_prefixes, prefix);
  };
  if (is("rds_superuser", "rds"))
    return server.has_aurora_version ? ServerKind::aurora : ServerKind::rds;
  if (is("cloudsqlsuperuser", "cloudsql")) return ServerKind::cloud_sql;
  if (is("azure_pg_admin", "azure")) return ServerKind::azure;
  return ServerKind::self_managed;
}

std::string_view name_of(ServerKind kind) {
  switch (kind) {
    case ServerKind::self_managed:
      return "PostgreSQL";
    case ServerKind::rds:
      return "Amazon RDS";
    case ServerKind::aurora:
      return "Amazon Aurora";
    case ServerKind::cloud_sql:
      return "Google Cloud SQL";
    case ServerKind::azure:
      return "Azure Database for PostgreSQL";
  }
  return "PostgreSQL";
}

}  // namespace wakestream::cdc
