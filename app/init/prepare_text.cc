// The SQL that prepares a database, with the least privilege that streaming takes.
#include <fmt/format.h>

#include <algorithm>

#include "app/check/setting_mend.h"
#include "app/check/sql_names.h"
#include "app/init/outputs.h"
#include "cdc/catalog/server_kind.h"

namespace wakestream::init {

namespace {

using check::name_sql;
using check::table_sql;
using check::text_sql;

std::string role_part(const cdc::Catalog& catalog, const Naming& naming) {
  const auto kind = cdc::server_kind(catalog.server);
  const bool amazon = kind == cdc::ServerKind::rds || kind == cdc::ServerKind::aurora;
  const auto role = name_sql(naming.role);
  auto text = fmt::format(
      "-- REPLICATION is all that streaming takes: the role owns nothing and may read no table by "
      "SQL.\n"
      "-- Its password: psql -v password=... -f prepare.sql, or \\password {0} afterwards.\n"
      "SELECT 'CREATE ROLE ' || quote_ident({1}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE "
      "rolname "
      "= {1}) \\gexec\n",
      naming.role, text_sql(naming.role));
  text += amazon ? fmt::format("ALTER ROLE {0} LOGIN;\nGRANT rds_replication TO {0};\n", role)
                 : fmt::format("ALTER ROLE {} LOGIN REPLICATION;\n", role);
  text += fmt::format(
      "\\if :{{?password}}\n  ALTER ROLE {} PASSWORD :'password';\n\\endif\nSELECT format('GRANT "
      "CONNECT ON DATABASE %I TO %I', current_database(), {}) \\gexec\n",
      role, text_sql(naming.role));
  return text;
}

// The parts of a partitioned table write the WAL, so each must hold the old row.
std::string identity_part(const cdc::Catalog& catalog, const RulesText& rules) {
  std::string text =
      "-- Rules compare old with new, and a deleted row must still say whose it was: the whole old "
      "row has to be in the WAL.\n"
      "-- That costs WAL for each UPDATE and DELETE of these tables; REPLICA IDENTITY DEFAULT "
      "takes "
      "it back.\n";
  bool has_parts = false;
  for (const auto* table : rules.tables) {
    text += fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL;\n", table_sql(table->name));
    has_parts = has_parts || table->kind == 'p';
    for (const auto& part : catalog.tables)
      if (part.partition_root == table->name)
        text += fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL;\n", table_sql(part.name));
  }
  if (has_parts)
    text += "-- A partition that is made later needs the same, in the transaction that makes it.\n";
  return text;
}

std::string publication_part(const RulesText& rules, const Naming& naming) {
  const auto publication = name_sql(naming.publication);
  auto text = fmt::format(
      "-- Exactly the tables that rules.sql reads, and every kind of change: what a publication "
      "leaves out is missing\n"
      "-- in the stream without a word.\n"
      "SELECT 'CREATE PUBLICATION ' || quote_ident({0}) WHERE NOT EXISTS (SELECT FROM "
      "pg_publication "
      "WHERE pubname = {0}) \\gexec\n",
      text_sql(naming.publication));
  for (const auto* table : rules.tables)
    text += fmt::format(
        "SELECT {} WHERE NOT EXISTS (SELECT FROM pg_publication_rel pr JOIN pg_publication p ON "
        "p.oid "
        "= pr.prpubid\n  WHERE p.pubname = {} AND pr.prrelid = {}::regclass) \\gexec\n",
        text_sql(
            fmt::format("ALTER PUBLICATION {} ADD TABLE {}", publication, table_sql(table->name))),
        text_sql(naming.publication), text_sql(table_sql(table->name)));
  text += fmt::format(
      "ALTER PUBLICATION {} SET (publish = 'insert, update, delete, truncate', "
      "publish_via_partition_root = true);\n",
      publication);
  return text;
}

std::string setting_part(const cdc::Catalog& catalog) {
  std::string text;
  bool restarts = false;
  if (catalog.server.text("wal_level") != "logical") {
    text += fmt::format("\n-- wal_level is {}, and row changes are in the WAL only with logical.\n",
                        catalog.server.text("wal_level"));
    for (const auto& mend : check::mend_setting(catalog, "wal_level", "logical")) {
      if (mend.kind == check::Mend::Kind::sql) text += mend.text + "\n";
      if (mend.kind == check::Mend::Kind::restart) restarts = true;
      if (mend.kind == check::Mend::Kind::command || mend.kind == check::Mend::Kind::advice)
        text += fmt::format("-- {}\n", mend.text);
    }
  }
  if (catalog.server.number("max_slot_wal_keep_size").value_or(-1) == -1)
    text +=
        "\n-- The slot is made by `wakestream run`. While wakestream is away PostgreSQL keeps WAL "
        "for it; without a limit, until\n"
        "-- the disk is full. With one, a slot that falls behind further is lost. To set it:\n"
        "--   ALTER SYSTEM SET max_slot_wal_keep_size = '64GB'; SELECT pg_reload_conf();\n";
  if (restarts) text += "\n\\echo 'Restart PostgreSQL now: wal_level takes effect only then.'\n";
  return text;
}

}  // namespace

std::string prepare_text(const cdc::Catalog& catalog, const Proposal& proposal,
                         const RulesText& rules, const Naming& naming) {
  auto text = fmt::format(
      "-- Prepares database {} for wakestream, pipeline {}: proposed by wakestream init for {} and "
      "{} table(s) that hang on it.\n"
      "-- Run it by psql as an administrator, once or many times: it makes what is missing and "
      "takes "
      "nothing away.\n"
      "\\set ON_ERROR_STOP on\nSET client_min_messages = warning;\n\nBEGIN;\n\n",
      catalog.server.database, naming.pipeline, check::shown(proposal.account->name),
      rules.tables.empty() ? 0 : rules.tables.size() - 1);
  text += role_part(catalog, naming) + '\n' + identity_part(catalog, rules) + '\n' +
          publication_part(rules, naming) + "\nCOMMIT;\n" + setting_part(catalog);
  return text;
}

}  // namespace wakestream::init
