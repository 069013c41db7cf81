// Would the pipeline go on after a promotion? The slot that standbys copy, at the primary and at
// each standby that source.url names.
#include <fmt/format.h>

#include <algorithm>

#include "app/check/check.h"
#include "app/check/setting_mend.h"
#include "app/check/sql_names.h"
#include "roles/capture/error_policy.h"

namespace wakestream::check {

namespace {

constexpr int failover_oldest_major = 17;

std::vector<std::string> names_of(const std::string& list) {
  std::vector<std::string> names;
  std::string name;
  for (const char byte : list + ",") {
    if (byte == ',') {
      if (!name.empty()) names.push_back(std::exchange(name, {}));
    } else if (byte != ' ') {
      name += byte;
    }
  }
  return names;
}

class FailoverCheck {
 public:
  FailoverCheck(const CheckFacts& facts, Findings& findings)
      : facts_(facts),
        source_(facts.config->source),
        catalog_(*facts.catalog),
        slot_(catalog_.find_slot(source_.slot_name)),
        findings_(findings) {}

  void run() {
    if (catalog_.server.in_recovery) return at_standby();
    if (!source_.failover) return;
    if (!new_enough()) return;
    check_slot();
    check_waited_for();
    if (facts_.hosts.empty())
      findings_.add("one_host", "source.url",
                    "source.url names one host: `run` does not find a standby that was promoted, "
                    "and its copy of the slot cannot be looked at",
                    {advice("name the standbys, too: host=db1,db2 "
                            "target_session_attrs=read-write")});
    for (const auto& host : facts_.hosts) check_host(host);
  }

 private:
  void at_standby() {
    if (slot_ != nullptr && slot_->synced) {
      findings_.add("slot_is_copy", slot_place(),
                    fmt::format("slot {} is the standby's copy of its primary's: `run` waits until "
                                "the standby is promoted",
                                slot_->name),
                    {advice("promote the standby; or let source.url name the primary")});
      check_copy(catalog_, "");
    } else if (slot_ == nullptr && source_.failover && !source_.slot_existing && new_enough()) {
      findings_.add("failover_at_standby", "source.failover",
                    "source.failover is true, and this is a standby: a slot that standbys copy can "
                    "only be made on the primary",
                    {advice("let source.url name the primary; or set source.failover: false, for a "
                            "slot of the standby's own, which it keeps when it is promoted")});
    }
  }

  bool new_enough() {
    if (catalog_.server.major() >= failover_oldest_major) return true;
    findings_.add("failover_too_old", "source.failover",
                  fmt::format("source.failover is true, and slots that standbys copy came with "
                              "PostgreSQL {}; this is {}",
                              failover_oldest_major, catalog_.server.version),
                  {advice("set source.failover: false")});
    return false;
  }

  std::string slot_place() const { return fmt::format("slot {}", source_.slot_name); }

  void check_slot() {
    if (slot_ == nullptr || slot_->failover || !slot_->logical) return;
    findings_.add(
        "slot_not_copied", slot_place(),
        fmt::format("source.failover is true, and slot {} was made without: standbys do not copy "
                    "it, and it is gone when one is promoted",
                    slot_->name),
        {advice("stop wakestream run; then, as the role of source.url:"),
         command(fmt::format("psql \"host=YOUR-PRIMARY dbname={} replication=database\" -c "
                             "\"ALTER_REPLICATION_SLOT {} (FAILOVER true)\"",
                             catalog_.server.database, slot_->name))});
  }

  // What is streamed must be on a standby first; else a promotion may take back what was emitted.
  void check_waited_for() {
    const auto waited_for = names_of(catalog_.server.text("synchronized_standby_slots"));
    if (waited_for.empty()) {
      std::string physical;
      for (const auto& slot : catalog_.slots)
        if (!slot.logical) physical += (physical.empty() ? "" : ", ") + slot.name;
      const std::string reason =
          "synchronized_standby_slots is empty: the slot is sent commits that no standby has yet, "
          "and after a promotion their events are out and they are gone";
      return findings_.add(
          "standby_slots_unset", "setting synchronized_standby_slots", reason,
          physical.empty()
              ? std::vector<Mend>{advice(
                    "give each standby that may be promoted a physical slot (primary_slot_name), "
                    "and name those slots in synchronized_standby_slots")}
              : mend_setting(catalog_, "synchronized_standby_slots", physical));
    }
    for (const auto& name : waited_for) {
      const auto* slot = catalog_.find_slot(name);
      if (slot != nullptr && slot->active) continue;
      findings_.add(
          "standby_slot_away", "setting synchronized_standby_slots",
          fmt::format("no events come: PostgreSQL waits for slot {}, {}", name,
                      slot == nullptr ? "which does not exist" : "whose standby is not connected"),
          {advice("connect the standby again; or take its slot out of synchronized_standby_slots, "
                  "which lets events out that a promotion can take back")});
    }
  }

  void check_host(const HostFacts& host) {
    if (!host.catalog) {
      findings_.add("host_unreachable", fmt::format("host {}", host.place),
                    fmt::format("{} cannot be asked whether it has a copy of the slot: {}",
                                host.place, host.problem),
                    {advice("start it, or take it out of source.url")});
    } else if (host.catalog->server.in_recovery) {
      check_copy(*host.catalog, host.place);
    }
  }

  // `place` is empty for the server that is checked: its own mends are in the script.
  void check_copy(const cdc::Catalog& standby, const std::string& place) {
    const auto where = place.empty() ? std::string("this standby") : "standby " + place;
    const auto at = [&](std::vector<Mend> mends) {
      if (place.empty()) return mends;
      for (auto& mend : mends) mend = advice(fmt::format("at {}: {}", place, mend.text));
      return mends;
    };
    const auto& server = standby.server;
    if (server.text("sync_replication_slots") == "off")
      findings_.add("slot_sync_off", where,
                    fmt::format("{} does not copy slots: sync_replication_slots is off", where),
                    at(mend_setting(standby, "sync_replication_slots", "on")));
    if (server.text("primary_conninfo") == "false")
      findings_.add(
          "standby_conninfo", where,
          fmt::format("{} cannot copy slots: its primary_conninfo names no database", where),
          at({advice("add dbname=postgres to primary_conninfo, and reload")}));
    if (!place.empty())
      check_feeding(server, where, at(mend_setting(standby, "hot_standby_feedback", "on")));
    const auto* copy = standby.find_slot(source_.slot_name);
    if (slot_ == nullptr) return;
    check_state(copy, where);
  }

  void check_feeding(const cdc::ServerFacts& server, const std::string& where,
                     std::vector<Mend> feedback) {
    if (server.text("hot_standby_feedback") == "off")
      findings_.add("standby_feedback_off", where,
                    fmt::format("{} is without hot_standby_feedback, without which it copies no "
                                "slots",
                                where),
                    std::move(feedback));
    if (server.text("primary_slot_name").empty())
      findings_.add("standby_without_slot", where,
                    fmt::format("{} has no slot at its primary (primary_slot_name), without which "
                                "it copies no slots",
                                where),
                    {advice("make a physical slot at the primary, and name it in the standby's "
                            "primary_slot_name")});
  }

  void check_state(const cdc::SlotFacts* copy, const std::string& where) {
    const auto moves = advice(
        "it takes up to a minute. At the primary SELECT pg_log_standby_snapshot(), and a running "
        "wakestream, make it sooner");
    if (copy == nullptr) {
      findings_.add("slot_copy_missing", where,
                    fmt::format("{} has no copy of slot {}: promoted now, it could not be read on",
                                where, source_.slot_name),
                    {moves});
    } else if (!copy->invalidation_reason.empty() || copy->wal_status == "lost") {
      findings_.add("slot_copy_lost", where,
                    fmt::format("the copy of slot {} at {} is lost: {}", copy->name, where,
                                capture::why_lost(copy->invalidation_reason)),
                    {advice("mend the reason; the standby makes a new copy by itself")});
    } else if (copy->temporary) {
      findings_.add("slot_copy_temporary", where,
                    fmt::format("the copy of slot {} at {} is temporary yet: a promotion now would "
                                "lose it",
                                copy->name, where),
                    {moves});
    }
  }

  const CheckFacts& facts_;
  const app::SourceConfig& source_;
  const cdc::Catalog& catalog_;
  const cdc::SlotFacts* slot_;
  Findings& findings_;
};

}  // namespace

void check_failover(const CheckFacts& facts, Findings& findings) {
  FailoverCheck(facts, findings).run();
}

}  // namespace wakestream::check
