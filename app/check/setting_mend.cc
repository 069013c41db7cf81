#include "app/check/setting_mend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cdc/catalog/server_kind.h"
#include "mapping/sql_name.h"

namespace wakestream::check {

namespace {

constexpr std::array needs_restart{"wal_level", "max_replication_slots", "max_wal_senders"};

bool restarts(const std::string& name) {
  return std::find(needs_restart.begin(), needs_restart.end(), name) != needs_restart.end();
}

// Services switch logical decoding on by a flag of their own.
std::string amazon(std::string_view group, const std::string& name, const std::string& value) {
  const bool logical = name == "wal_level";
  return fmt::format(
      "aws rds modify-db-{0}parameter-group --db-{0}parameter-group-name YOUR-PARAMETER-GROUP "
      "--parameters ParameterName={1},ParameterValue={2},ApplyMethod={3}",
      group, logical ? "rds.logical_replication" : name, logical ? "1" : value,
      logical || restarts(name) ? "pending-reboot" : "immediate");
}

std::vector<Mend> of_service(cdc::ServerKind kind, const std::string& name,
                             const std::string& value) {
  std::vector<Mend> mends;
  switch (kind) {
    case cdc::ServerKind::rds:
      mends.push_back(command(amazon("", name, value)));
      break;
    case cdc::ServerKind::aurora:
      mends.push_back(command(amazon("cluster-", name, value)));
      break;
    case cdc::ServerKind::cloud_sql:
      mends.push_back(
          advice("gcloud replaces all flags of the instance at once: name those that it has "
                 "already, too"));
      mends.push_back(
          command(fmt::format("gcloud sql instances patch YOUR-INSTANCE --database-flags={}={}",
                              name == "wal_level" ? "cloudsql.logical_decoding" : name,
                              name == "wal_level" ? "on" : value)));
      break;
    case cdc::ServerKind::azure:
      mends.push_back(
          command(fmt::format("az postgres flexible-server parameter set --resource-group "
                              "YOUR-GROUP --server-name YOUR-SERVER --name {} --value {}",
                              name, value)));
      break;
    case cdc::ServerKind::self_managed:
      break;
  }
  if (restarts(name)) mends.push_back(restart(name));
  return mends;
}

Mend alter_system(const std::string& name, const std::string& value) {
  return sql(fmt::format("ALTER SYSTEM SET {} = {};", name, mapping::quoted_text(value)));
}

Mend takes_effect(const std::string& name) {
  return restarts(name) ? restart(name) : sql("SELECT pg_reload_conf();");
}

}  // namespace

std::vector<Mend> mend_setting(const cdc::Catalog& catalog, const std::string& name,
                               const std::string& value) {
  const auto found = catalog.server.settings.find(name);
  const auto source = found == catalog.server.settings.end() ? std::string() : found->second.source;
  const auto role = mapping::quoted_name(catalog.role.name, true);
  const auto database = mapping::quoted_name(catalog.server.database, true);
  const auto reset = [&](const std::string& owner) {
    auto mend = sql(fmt::format("ALTER {} RESET {};", owner, name));
    mend.at_primary = catalog.server.in_recovery;
    return std::vector<Mend>{std::move(mend)};
  };
  if (source == "user") return reset("ROLE " + role);
  if (source == "database") return reset("DATABASE " + database);
  if (source == "database user")
    return reset(fmt::format("ROLE {} IN DATABASE {}", role, database));
  if (source == "client")
    return {advice(fmt::format("take {} out of the options in source.url", name))};
  if (found != catalog.server.settings.end() && found->second.pending_restart)
    return {restart(name)};
  if (const auto kind = cdc::server_kind(catalog.server); kind != cdc::ServerKind::self_managed)
    return of_service(kind, name, value);
  std::vector<Mend> mends;
  if (source == "command line")
    mends.push_back(advice(
        fmt::format("take {} out of the server's command line: it wins over ALTER SYSTEM", name)));
  mends.push_back(alter_system(name, value));
  mends.push_back(takes_effect(name));
  return mends;
}

std::vector<Mend> mend_primary_setting(const cdc::Catalog& catalog, const std::string& name,
                                       const std::string& value) {
  const auto kind = cdc::server_kind(catalog.server);
  auto mends = kind == cdc::ServerKind::self_managed
                   ? std::vector<Mend>{alter_system(name, value), takes_effect(name)}
                   : of_service(kind, name, value);
  for (auto& mend : mends) mend.at_primary = true;
  return mends;
}

}  // namespace wakestream::check
