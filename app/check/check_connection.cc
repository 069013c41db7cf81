// Why nobody answers, or why we are turned away.
#include <fmt/format.h>

#include "app/check/check.h"
#include "app/check/check_tls.h"
#include "app/check/sql_names.h"

namespace wakestream::check {

namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Before a session there is no SQLSTATE, only the server's sentence, which libpq hands on.
void judge(const CheckFacts& facts, const std::string& said, Findings& findings) {
  const auto& target = *facts.target;
  const auto where =
      fmt::format("{}:{}", target.host.empty() ? "the local socket" : target.host, target.port);
  const auto role = name_sql(target.user);
  const auto role_where = fmt::format("role {}", target.user);
  if (contains(said, "role \"") && contains(said, "does not exist")) {
    findings.add("role_missing", role_where,
                 fmt::format("there is no role {} at this server", target.user),
                 {sql(fmt::format("CREATE ROLE {} LOGIN REPLICATION;", role))});
  } else if (contains(said, "not permitted to log in")) {
    findings.add("role_no_login", role_where, fmt::format("role {} may not log in", target.user),
                 {sql(fmt::format("ALTER ROLE {} LOGIN;", role))});
  } else if (contains(said, "permission denied for database")) {
    findings.add(
        "role_no_connect", role_where,
        fmt::format("role {} may not connect to database {}", target.user, target.database),
        {sql(fmt::format("GRANT CONNECT ON DATABASE {} TO {};", name_sql(target.database), role))});
  } else if (contains(said, "too many connections for role")) {
    findings.add("role_connection_limit", role_where,
                 fmt::format("role {} has as many connections as it may have", target.user),
                 {sql(fmt::format("ALTER ROLE {} CONNECTION LIMIT -1;", role))});
  } else if (contains(said, "database \"") && contains(said, "does not exist")) {
    findings.add("database_missing", where,
                 fmt::format("there is no database {} at this server", target.database),
                 {advice("mend dbname in source.url")});
  } else if (contains(said, "pg_hba.conf")) {
    std::vector<Mend> mends;
    // libpq tries both by default, and says both.
    if (contains(said, "no encryption") && !contains(said, "SSL encryption"))
      mends.push_back(
          advice("if the server takes encrypted connections only (hostssl), set "
                 "sslmode=verify-full in source.url; if not:"));
    Mend line;
    line.kind = Mend::Kind::edit;
    line.file = "pg_hba.conf";
    line.new_text = fmt::format("host {} {} {} scram-sha-256", name_sql(target.database), role,
                                target.to_this_machine() ? "127.0.0.1/32" : "samenet");
    mends.push_back(std::move(line));
    mends.push_back(sql("SELECT pg_reload_conf();"));
    findings.add("no_hba_entry", where,
                 fmt::format("no line of the server's pg_hba.conf lets role {} connect to database "
                             "{} from here",
                             target.user, target.database),
                 std::move(mends));
  } else if (judge_tls(facts, said, where, findings)) {
    return;
  } else if (contains(said, "password") || contains(said, "authentication")) {
    findings.add(
        "password_wrong", role_where,
        fmt::format("the server does not accept the password of role {}, or got none", target.user),
        {advice(fmt::format("set it by psql: \\password {}", target.user)),
         advice("and hand it over by PGPASSWORD, by ~/.pgpass, or as password=... in "
                "source.url")});
  } else {
    findings.add("postgres_unreachable", where, said,
                 {advice("start the server, or mend host and port in source.url")});
  }
}

}  // namespace

void check_connection(const CheckFacts& facts, Findings& findings) {
  if (facts.connect_problem) {
    if (facts.target) {
      judge(facts, facts.connect_problem->message, findings);
    } else {
      findings.add("postgres_unreachable", "source.url", facts.connect_problem->message,
                   {advice("write it as postgresql://role@host:port/database")});
    }
    return;
  }
  if (facts.catalog && facts.target) check_tls(facts, findings);
  // What is known to stand in the way has its own finding.
  if (!facts.replication_problem || !facts.catalog) return;
  const auto& catalog = *facts.catalog;
  const bool known = facts.replication_problem->kind == cdc::ErrorKind::no_free_slot ||
                     !(catalog.role.replication || catalog.role.superuser);
  if (!known)
    findings.add("replication_refused", facts.target ? facts.target->host : "server",
                 facts.replication_problem->message,
                 {advice("the ordinary connection works: look at the server's log for what keeps "
                         "replication=database away")});
}

}  // namespace wakestream::check
