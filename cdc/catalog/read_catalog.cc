#include "cdc/catalog/read_catalog.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "cdc/catalog/table_queries.h"
#include "cdc/session/connection.h"
#include "cdc/session/published_tables.h"
#include "cdc/wall_time.h"

namespace wakestream::cdc {

namespace {

// A setting that a version does not have is simply not among the rows.
// primary_conninfo may hold a password, and only some may see it: of it there is only whether it
// names a database.
constexpr const char* settings_query = R"(
SELECT name, CASE name WHEN 'primary_conninfo' THEN (setting ~ '\mdbname\s*=')::text ELSE setting END, coalesce(unit, ''), source, pending_restart FROM pg_settings
WHERE name IN ('wal_level', 'max_replication_slots', 'max_wal_senders', 'wal_sender_timeout', 'max_slot_wal_keep_size',
               'idle_replication_slot_timeout', 'fsync', 'full_page_writes', 'hot_standby_feedback', 'primary_slot_name',
               'max_wal_size', 'ssl', 'wal_keep_size', 'max_standby_streaming_delay', 'server_version',
               'wal_segment_size', 'synchronized_standby_slots', 'sync_replication_slots', 'primary_conninfo'))";

constexpr const char* server_query = R"(
SELECT current_setting('server_version_num'), current_setting('server_version'), current_setting('server_encoding'),
       current_database(), pg_is_in_recovery(),
       CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END,
       (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
       (SELECT count(*) FROM pg_stat_get_wal_senders()),
       (SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin')),
       (SELECT string_agg(DISTINCT split_part(name, '.', 1), ' ') FROM pg_settings
        WHERE name LIKE 'rds.%' OR name LIKE 'cloudsql.%' OR name LIKE 'azure.%'),
       EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version'))";

constexpr const char* role_query = R"(
SELECT r.rolname, r.rolsuper, r.rolreplication, r.rolcreatedb, r.rolcreaterole, r.rolbypassrls, r.rolconnlimit,
       CASE WHEN isfinite(r.rolvaliduntil) THEN (extract(epoch FROM r.rolvaliduntil) * 1000000)::bigint END,
       (SELECT string_agg(quote_ident(g.rolname), ' ') FROM pg_roles g
        WHERE g.oid <> r.oid AND NOT r.rolsuper AND pg_has_role(r.oid, g.oid, 'MEMBER'))
FROM pg_roles r WHERE r.rolname = session_user)";

// Columns that came later are read through JSON, so that one query fits every version.
constexpr const char* slots_query = R"(
SELECT s.slot_name, s.slot_type = 'logical', s.plugin, s.database, s.temporary, s.active, s.active_pid, a.application_name,
       s.restart_lsn, s.confirmed_flush_lsn, s.wal_status, s.safe_wal_size,
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                       s.restart_lsn)::bigint,
       s.two_phase, {},
       (facts ->> 'failover')::boolean, (facts ->> 'synced')::boolean
FROM pg_replication_slots s CROSS JOIN LATERAL to_jsonb(s) AS facts LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid)";

constexpr const char* publication_query = R"(
SELECT puballtables, pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot
FROM pg_publication WHERE pubname = {})";

constexpr const char* entries_query = R"(
SELECT n.nspname, c.relname, pr.prattrs IS NOT NULL, pg_get_expr(pr.prqual, pr.prrelid)
FROM pg_publication p
JOIN pg_publication_rel pr ON pr.prpubid = p.oid
JOIN pg_class c ON c.oid = pr.prrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.pubname = {} ORDER BY 1, 2)";

constexpr const char* names_query = R"(
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1, 2)";

bool yes(const std::string& text) { return text == "t"; }
std::int64_t number_of(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }
Lsn lsn_of(const std::string& text) { return parse_lsn(text).value_or(Lsn{}); }

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

class Reading {
 public:
  Reading(PGconn* connection, std::chrono::milliseconds timeout)
      : connection_(connection), timeout_(timeout) {}

  Result<void> server(ServerFacts& server) {
    auto answer = ask(server_query, "read what the server is");
    if (!answer) return tl::make_unexpected(answer.error());
    server.our_clock_us = wall_us();
    const auto* row = answer->get();
    server.version_num = static_cast<int>(number_of(cell(row, 0, 0)));
    server.version = cell(row, 0, 1).substr(0, cell(row, 0, 1).find(' '));
    server.encoding = cell(row, 0, 2);
    server.database = cell(row, 0, 3);
    server.in_recovery = yes(cell(row, 0, 4));
    server.wal_position = cell(row, 0, 5);
    server.clock_us = number_of(cell(row, 0, 6));
    server.walsenders_in_use = static_cast<int>(number_of(cell(row, 0, 7)));
    server.service_roles = words_of(cell(row, 0, 8));
    server.setting_prefixes = words_of(cell(row, 0, 9));
    server.has_aurora_version = yes(cell(row, 0, 10));
    server.connection_encrypted = PQsslInUse(connection_) != 0;
    server.certificate = peer_certificate(connection_);
    auto settings = ask(settings_query, "read the server's settings");
    if (!settings) return tl::make_unexpected(settings.error());
    const auto* rows = settings->get();
    for (int at = 0; at < PQntuples(rows); ++at)
      server.settings[cell(rows, at, 0)] = {cell(rows, at, 1), cell(rows, at, 2), cell(rows, at, 3),
                                            yes(cell(rows, at, 4))};
    return {};
  }

  Result<void> role(RoleFacts& role) {
    auto answer = ask(role_query, "read the role");
    if (!answer) return tl::make_unexpected(answer.error());
    const auto* row = answer->get();
    if (PQntuples(row) == 0) return {};
    role.name = cell(row, 0, 0);
    role.superuser = yes(cell(row, 0, 1));
    role.replication = yes(cell(row, 0, 2));
    role.createdb = yes(cell(row, 0, 3));
    role.createrole = yes(cell(row, 0, 4));
    role.bypassrls = yes(cell(row, 0, 5));
    role.connection_limit = static_cast<int>(number_of(cell(row, 0, 6)));
    role.valid_until_us = number_of(cell(row, 0, 7));
    role.member_of = words_of(cell(row, 0, 8));
    return {};
  }

  // A standby does not show its primary's wal_level. Whoever reads a slot is told, and before the
  // slot is looked for: so a slot that nobody has is asked for. Its name is for the server's log.
  void primary(ServerFacts& server) {
    if (!server.in_recovery || server.text("wal_level") != "logical") return;
    auto answer = ask(
        "SELECT pg_logical_slot_peek_changes('wakestream_asks_for_the_wal_level_of_the_primary', "
        "NULL, 0)",
        "ask what the primary writes");
    if (answer) return;
    if (answer.error().kind == ErrorKind::wal_level) server.primary_writes_logical = false;
    if (answer.error().kind == ErrorKind::slot_missing) server.primary_writes_logical = true;
  }

  Result<void> slots(std::vector<SlotFacts>& slots) {
    auto answer =
        ask(fmt::format(slots_query, slot_invalidation_column), "read the replication slots");
    if (!answer) return tl::make_unexpected(answer.error());
    const auto* rows = answer->get();
    for (int row = 0; row < PQntuples(rows); ++row) {
      SlotFacts slot;
      slot.name = cell(rows, row, 0);
      slot.logical = yes(cell(rows, row, 1));
      slot.plugin = cell(rows, row, 2);
      slot.database = cell(rows, row, 3);
      slot.temporary = yes(cell(rows, row, 4));
      slot.active = yes(cell(rows, row, 5));
      slot.active_pid = static_cast<int>(number_of(cell(rows, row, 6)));
      slot.active_application = cell(rows, row, 7);
      slot.restart_lsn = lsn_of(cell(rows, row, 8));
      slot.confirmed_flush_lsn = lsn_of(cell(rows, row, 9));
      slot.wal_status = cell(rows, row, 10);
      if (PQgetisnull(rows, row, 11) == 0) slot.safe_wal_bytes = number_of(cell(rows, row, 11));
      slot.kept_wal_bytes = number_of(cell(rows, row, 12));
      slot.two_phase = yes(cell(rows, row, 13));
      slot.invalidation_reason = cell(rows, row, 14);
      slot.failover = yes(cell(rows, row, 15));
      slot.synced = yes(cell(rows, row, 16));
      slots.push_back(std::move(slot));
    }
    return {};
  }

  Result<void> publication(const std::string& name, std::optional<PublicationFacts>& found) {
    const auto literal = quote_literal(connection_, name);
    const auto doing = fmt::format("read publication \"{}\"", name);
    auto answer = ask(fmt::format(fmt::runtime(publication_query), literal), doing);
    if (!answer) return tl::make_unexpected(answer.error());
    const auto* row = answer->get();
    if (PQntuples(row) == 0) return {};
    PublicationFacts facts;
    facts.name = name;
    facts.all_tables = yes(cell(row, 0, 0));
    facts.insert = yes(cell(row, 0, 1));
    facts.update = yes(cell(row, 0, 2));
    facts.remove = yes(cell(row, 0, 3));
    facts.truncate = yes(cell(row, 0, 4));
    facts.via_partition_root = yes(cell(row, 0, 5));
    auto tables = read_published_tables(connection_, name, timeout_);
    if (!tables) return tl::make_unexpected(tables.error());
    facts.tables = std::move(*tables);
    auto entries = ask(fmt::format(fmt::runtime(entries_query), literal), doing);
    if (!entries) return tl::make_unexpected(entries.error());
    const auto* rows = entries->get();
    for (int at = 0; at < PQntuples(rows); ++at)
      facts.entries.push_back(
          {{cell(rows, at, 0), cell(rows, at, 1)}, yes(cell(rows, at, 2)), cell(rows, at, 3)});
    found = std::move(facts);
    return {};
  }

  Result<void> names(std::vector<TableName>& names) {
    auto answer = ask(names_query, "read the names of the tables");
    if (!answer) return tl::make_unexpected(answer.error());
    for (int row = 0; row < PQntuples(answer->get()); ++row)
      names.push_back({cell(answer->get(), row, 0), cell(answer->get(), row, 1)});
    return {};
  }

 private:
  Result<ResultPtr> ask(const std::string& query, std::string_view doing) {
    return execute(connection_, query, doing, timeout_);
  }

  PGconn* connection_;
  std::chrono::milliseconds timeout_;
};

// The tables that were asked for, and those that the publication holds.
CatalogRequest with_published(const CatalogRequest& request, const Catalog& catalog) {
  auto all = request;
  if (!catalog.publication || request.all_tables) return all;
  for (const auto& table : catalog.publication->tables)
    all.tables.push_back({table.schema, table.name});
  return all;
}

}  // namespace

Result<Catalog> read_catalog(const SessionOptions& options, const CatalogRequest& request) {
  auto connection = connect_for_queries(options);
  if (!connection) return tl::make_unexpected(connection.error());
  Reading reading(connection->get(), options.timeout);
  Catalog catalog;
  Result<void> done = reading.server(catalog.server);
  if (done) done = reading.role(catalog.role);
  if (done) reading.primary(catalog.server);
  if (done) done = reading.slots(catalog.slots);
  if (done) done = reading.publication(request.publication, catalog.publication);
  if (done) done = reading.names(catalog.every_table);
  if (!done) return tl::make_unexpected(done.error());
  auto tables = read_tables(connection->get(), with_published(request, catalog), options.timeout);
  if (!tables) return tl::make_unexpected(tables.error());
  catalog.tables = std::move(*tables);
  return catalog;
}

}  // namespace wakestream::cdc
