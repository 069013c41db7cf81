// What the role may do: enough, and no more.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/check/check.h"
#include "app/check/sql_names.h"
#include "cdc/catalog/server_kind.h"

namespace wakestream::check {

namespace {

constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int64_t expiry_days_min = 30;

bool is_member(const cdc::RoleFacts& role, std::string_view group) {
  return std::find(role.member_of.begin(), role.member_of.end(), group) != role.member_of.end();
}

void check_replication(const cdc::Catalog& catalog, Findings& findings) {
  const auto& role = catalog.role;
  const auto kind = cdc::server_kind(catalog.server);
  const bool amazon = kind == cdc::ServerKind::rds || kind == cdc::ServerKind::aurora;
  if (role.superuser || role.replication || (amazon && is_member(role, "rds_replication"))) return;
  const auto name = name_sql(role.name);
  findings.add("role_no_replication", fmt::format("role {}", role.name),
               fmt::format("role {} may not replicate", role.name),
               {sql(amazon ? fmt::format("GRANT rds_replication TO {};", name)
                           : fmt::format("ALTER ROLE {} REPLICATION;", name))});
}

void check_power(const cdc::RoleFacts& role, Findings& findings) {
  const auto name = name_sql(role.name);
  const auto where = fmt::format("role {}", role.name);
  if (role.superuser) {
    findings.add(
        "role_superuser", where,
        fmt::format("role {} is a superuser, and streaming needs REPLICATION alone", role.name),
        {sql(fmt::format("ALTER ROLE {} NOSUPERUSER REPLICATION;", name))});
    return;
  }
  std::string has;
  std::string without;
  const auto add = [&](bool there, const char* word) {
    if (!there) return;
    has += fmt::format("{}{}", has.empty() ? "" : ", ", word);
    without += fmt::format(" NO{}", word);
  };
  add(role.createdb, "CREATEDB");
  add(role.createrole, "CREATEROLE");
  add(role.bypassrls, "BYPASSRLS");
  if (has.empty()) return;
  findings.add("role_too_powerful", where,
               fmt::format("role {} has {}, which nothing here needs", role.name, has),
               {sql(fmt::format("ALTER ROLE {}{};", name, without))});
}

// A stream, and `check` or `preview` beside it; a standby is asked for its timeline by a connection
// of its own, and a snapshot reads by another.
int connections_needed(const CheckFacts& facts) {
  const bool snapshot = facts.config->snapshot.initial || fills_context(facts);
  return 2 + (facts.catalog->server.in_recovery ? 1 : 0) + (snapshot ? 1 : 0);
}

void check_limits(const CheckFacts& facts, Findings& findings) {
  const auto& catalog = *facts.catalog;
  const auto& role = catalog.role;
  const auto name = name_sql(role.name);
  const auto where = fmt::format("role {}", role.name);
  const int needed = connections_needed(facts);
  if (role.connection_limit >= 0 && role.connection_limit < needed)
    findings.add("role_connection_limit", where,
                 fmt::format("role {} may have {} connection(s), and the pipeline with a check or "
                             "a preview beside it takes {}: the last to come would be turned away",
                             role.name, role.connection_limit, needed),
                 {sql(fmt::format("ALTER ROLE {} CONNECTION LIMIT -1;", name))});
  if (role.valid_until_us == 0) return;
  const auto days = (role.valid_until_us - catalog.server.clock_us) / day_us;
  if (days < expiry_days_min)
    findings.add(
        "role_expires", where,
        role.valid_until_us < catalog.server.clock_us
            ? fmt::format("the password of role {} is no longer valid", role.name)
            : fmt::format("the password of role {} is valid for {} more day(s)", role.name, days),
        {sql(fmt::format("ALTER ROLE {} VALID UNTIL 'infinity';", name))});
}

void check_writes(const cdc::Catalog& catalog, Findings& findings) {
  if (catalog.role.superuser) return;
  std::vector<Mend> mends;
  std::string names;
  for (const auto& table : catalog.tables) {
    if (table.written_by_role.empty() || !table.is_table()) continue;
    std::string privileges;
    for (const auto& privilege : table.written_by_role)
      privileges += fmt::format("{}{}", privileges.empty() ? "" : ", ", privilege);
    mends.push_back(sql(fmt::format("REVOKE {} ON {} FROM {};", privileges, table_sql(table.name),
                                    name_sql(catalog.role.name))));
    names += fmt::format("{}{}", names.empty() ? "" : ", ", shown(table.name));
  }
  if (mends.empty()) return;
  findings.add("role_writes", fmt::format("role {}", catalog.role.name),
               fmt::format("role {} may write to {}, and wakestream only reads the stream",
                           catalog.role.name, names),
               std::move(mends));
}

}  // namespace

void check_role(const CheckFacts& facts, Findings& findings) {
  const auto& catalog = *facts.catalog;
  check_replication(catalog, findings);
  check_power(catalog.role, findings);
  check_limits(facts, findings);
  check_writes(catalog, findings);
}

}  // namespace wakestream::check
