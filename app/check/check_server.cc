// The server's settings, its version, its clock, and what a standby needs.
#include <fmt/format.h>

#include <cstdlib>

#include "app/check/check.h"
#include "app/check/setting_mend.h"
#include "cdc/catalog/server_kind.h"

namespace wakestream::check {

namespace {

constexpr int oldest_major = 15;
constexpr int standby_oldest_major = 16;  // the first that decodes on a standby
constexpr std::int64_t sender_timeout_ms_min = 10'000;
constexpr std::int64_t slot_limit_mb_min = 1'024;
constexpr std::int64_t clock_skew_us_max = 5'000'000;

void check_version(const cdc::ServerFacts& server, Findings& findings) {
  if (server.major() < oldest_major)
    findings.add("server_too_old", "server",
                 fmt::format("PostgreSQL {} is older than {}, the oldest that wakestream reads",
                             server.version, oldest_major),
                 {advice("upgrade the server (pg_upgrade), or read a newer one")});
  if (server.encoding != "UTF8" && server.encoding == "SQL_ASCII")
    findings.add(
        "server_encoding", "server",
        "the database's encoding is SQL_ASCII: its text may hold bytes that are no text in "
        "any encoding, and such rows are quarantined",
        {advice("dump the database and restore it into one with ENCODING 'UTF8'")});
}

// Is there room for our slot and for our connection?
void check_room(const CheckFacts& facts, Findings& findings) {
  const auto& catalog = *facts.catalog;
  const auto& server = catalog.server;
  const auto* slot = catalog.find_slot(facts.config->source.slot_name);
  const auto used = static_cast<std::int64_t>(catalog.slots.size());
  const auto slots_max = server.number("max_replication_slots").value_or(0);
  if (slot == nullptr && used >= slots_max)
    findings.add(
        "no_free_slot", "setting max_replication_slots",
        fmt::format("all {} replication slots are taken, and wakestream needs one", slots_max),
        mend_setting(catalog, "max_replication_slots", fmt::format("{}", used + 10)));
  const auto senders_max = server.number("max_wal_senders").value_or(0);
  // The stream; and at a standby, before each log transaction, the question for its timeline.
  const int senders_needed = server.in_recovery ? 2 : 1;
  const bool ours_runs = slot != nullptr && slot->active;
  if (!ours_runs && server.walsenders_in_use + senders_needed > senders_max)
    findings.add(
        "no_free_walsender", "setting max_wal_senders",
        fmt::format("{} of {} walsenders are in use, and wakestream needs {}",
                    server.walsenders_in_use, senders_max,
                    server.in_recovery ? "two at a standby" : "one"),
        mend_setting(catalog, "max_wal_senders", fmt::format("{}", server.walsenders_in_use + 10)));
}

void check_settings(const cdc::Catalog& catalog, Findings& findings) {
  const auto& server = catalog.server;
  if (const auto level = server.text("wal_level"); level != "logical")
    findings.add(
        "wal_level", "setting wal_level",
        fmt::format("wal_level is {}, and row changes are in the WAL only with logical", level),
        mend_setting(catalog, "wal_level", "logical"));
  if (const auto ms = server.number("wal_sender_timeout").value_or(60'000); ms == 0)
    findings.add("wal_sender_timeout_off", "setting wal_sender_timeout",
                 "wal_sender_timeout is 0: a connection that died unnoticed holds the slot for "
                 "ever, and nobody can take over",
                 mend_setting(catalog, "wal_sender_timeout", "60s"));
  else if (ms < sender_timeout_ms_min)
    findings.add("wal_sender_timeout_short", "setting wal_sender_timeout",
                 fmt::format("wal_sender_timeout is {} ms: a short pause of network or log ends "
                             "the stream again and again",
                             ms),
                 mend_setting(catalog, "wal_sender_timeout", "60s"));
  if (const auto mb = server.number("max_slot_wal_keep_size").value_or(-1); mb == -1)
    findings.add("slot_wal_unlimited", "setting max_slot_wal_keep_size",
                 "max_slot_wal_keep_size is unlimited: while wakestream is away PostgreSQL keeps "
                 "WAL until its disk is full",
                 mend_setting(catalog, "max_slot_wal_keep_size", "64GB"));
  else if (mb < slot_limit_mb_min)
    findings.add("slot_wal_limit_small", "setting max_slot_wal_keep_size",
                 fmt::format("max_slot_wal_keep_size is {} MB: a short stop of wakestream, or one "
                             "large transaction, loses the slot",
                             mb),
                 mend_setting(catalog, "max_slot_wal_keep_size", "64GB"));
  if (const auto idle = server.number("idle_replication_slot_timeout").value_or(0); idle > 0)
    findings.add("idle_slot_timeout", "setting idle_replication_slot_timeout",
                 fmt::format("idle_replication_slot_timeout is {} {}: when wakestream is away for "
                             "longer, its slot is lost",
                             idle, server.settings.at("idle_replication_slot_timeout").unit),
                 mend_setting(catalog, "idle_replication_slot_timeout", "0"));
  if (server.text("fsync") == "off")
    findings.add("fsync_off", "setting fsync",
                 "fsync is off: a crash of the server's machine may undo commits whose events were "
                 "emitted",
                 mend_setting(catalog, "fsync", "on"));
}

void check_standby(const cdc::Catalog& catalog, Findings& findings) {
  const auto& server = catalog.server;
  if (!server.in_recovery) return;
  if (server.major() < standby_oldest_major)
    findings.add("standby_too_old", "server",
                 fmt::format("this is a standby of PostgreSQL {}, and decoding on a standby came "
                             "with {}",
                             server.version, standby_oldest_major),
                 {advice("let source.url name the primary")});
  if (server.text("hot_standby_feedback") == "off")
    findings.add("standby_feedback_off", "setting hot_standby_feedback",
                 "this is a standby without hot_standby_feedback: the primary removes rows that "
                 "decoding needs, and the slot is lost",
                 mend_setting(catalog, "hot_standby_feedback", "on"));
  if (server.primary_writes_logical == false)
    findings.add("primary_wal_level", "setting wal_level",
                 "this is a standby, and its primary's wal_level is not logical: what the primary "
                 "writes cannot be decoded here",
                 mend_primary_setting(catalog, "wal_level", "logical"));
  if (server.text("primary_slot_name").empty())
    findings.add(
        "standby_without_slot", "setting primary_slot_name",
        "this is a standby without a slot at its primary (primary_slot_name): while it is "
        "disconnected the primary forgets what decoding needs",
        {at_primary(sql("SELECT pg_create_physical_replication_slot('wakestream_standby');")),
         sql("ALTER SYSTEM SET primary_slot_name = 'wakestream_standby';"),
         sql("SELECT pg_reload_conf();")});
}

void check_clock(const cdc::ServerFacts& server, Findings& findings) {
  const auto skew_us = std::llabs(server.clock_us - server.our_clock_us);
  if (skew_us <= clock_skew_us_max) return;
  findings.add("clock_skew", "clock",
               fmt::format("the server's clock and this machine's differ by {} s: the times of "
                           "events and records cannot be compared",
                           skew_us / 1'000'000),
               {advice("let both keep time by NTP (timedatectl set-ntp true)")});
}

}  // namespace

void check_server(const CheckFacts& facts, Findings& findings) {
  const auto& catalog = *facts.catalog;
  check_version(catalog.server, findings);
  check_room(facts, findings);
  check_settings(catalog, findings);
  check_standby(catalog, findings);
  check_clock(catalog.server, findings);
}

}  // namespace wakestream::check
