// Would the pipeline go on after a promotion?
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/app/check_fixture.h"

namespace wakestream::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

cdc::SlotFacts slot(const std::string& name, bool logical) {
  cdc::SlotFacts facts;
  facts.name = name;
  facts.logical = logical;
  facts.plugin = logical ? "pgoutput" : "";
  facts.database = logical ? "shop" : "";
  facts.wal_status = "reserved";
  facts.active = true;
  facts.active_application = "wakestream";
  facts.confirmed_flush_lsn = cdc::Lsn{0x1000};
  return facts;
}

capture::Checkpoint checkpoint() {
  capture::Checkpoint record;
  record.birth = capture::Birth::born;
  record.slot = "wakestream";
  record.read_through = cdc::Lsn{0x1000};
  return record;
}

// A primary and a standby, both of source.url, as they should be.
class CheckFailoverTest : public testing::Test {
 protected:
  CheckFailoverTest() {
    facts.config->source.failover = true;
    facts.log.checkpoint = checkpoint();
    auto& server = facts.catalog->server;
    server.version_num = 180004;
    server.version = "18.4";
    server.settings["synchronized_standby_slots"] = {"standby1", "", "configuration file", false};
    auto ours = slot("wakestream", true);
    ours.failover = true;
    facts.catalog->slots = {ours, slot("standby1", false)};
    facts.hosts = {{"db1:5432", facts.catalog, ""}, {"db2:5432", facts.catalog, ""}};
    auto& standby = *facts.hosts[1].catalog;
    standby.server.in_recovery = true;
    standby.server.settings["hot_standby_feedback"].value = "on";
    standby.server.settings["primary_slot_name"].value = "standby1";
    standby.server.settings["primary_conninfo"].value = "true";
    standby.server.settings["sync_replication_slots"].value = "on";
    ours.synced = true;
    standby.slots = {ours};
  }
  // Without the note that says that it runs.
  std::vector<std::string> found() const {
    auto ids = ids_of(facts);
    std::erase(ids, "already_running");
    return ids;
  }
  cdc::Catalog& standby() { return *facts.hosts[1].catalog; }

  CheckFacts facts = facts_without_fault();
};

TEST_F(CheckFailoverTest, as_it_should_be) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(CheckFailoverTest, a_slot_that_was_made_without_is_altered_by_a_command) {
  facts.catalog->slots[0].failover = false;
  EXPECT_THAT(found(), ElementsAre("slot_not_copied"));
  EXPECT_THAT(mends_of(facts, "slot_not_copied"),
              HasSubstr("ALTER_REPLICATION_SLOT wakestream (FAILOVER true)"));
}

TEST_F(CheckFailoverTest, what_no_standby_has_must_not_be_streamed) {
  facts.catalog->server.settings["synchronized_standby_slots"].value = "";
  EXPECT_THAT(found(), ElementsAre("standby_slots_unset"));
  EXPECT_THAT(mends_of(facts, "standby_slots_unset"),
              HasSubstr("ALTER SYSTEM SET synchronized_standby_slots = 'standby1';"));
}

TEST_F(CheckFailoverTest, a_standby_that_is_waited_for_and_away_holds_the_events_up) {
  facts.catalog->slots[1].active = false;
  facts.catalog->server.settings["synchronized_standby_slots"].value = "standby1, standby2";
  EXPECT_THAT(found(), ElementsAre("standby_slot_away", "standby_slot_away"));
}

TEST_F(CheckFailoverTest, the_copy_at_the_standby_is_there_and_would_stay) {
  standby().slots[0].temporary = true;
  EXPECT_THAT(found(), ElementsAre("slot_copy_temporary"));
  standby().slots[0].temporary = false;
  standby().slots[0].invalidation_reason = "rows_removed";
  EXPECT_THAT(found(), ElementsAre("slot_copy_lost"));
  standby().slots.clear();
  EXPECT_THAT(found(), ElementsAre("slot_copy_missing"));
  EXPECT_THAT(mends_of(facts, "slot_copy_missing"), HasSubstr("pg_log_standby_snapshot()"));
}

TEST_F(CheckFailoverTest, a_standby_that_cannot_copy_is_mended_there) {
  auto& settings = standby().server.settings;
  settings["sync_replication_slots"].value = "off";
  settings["hot_standby_feedback"].value = "off";
  settings["primary_slot_name"].value = "";
  settings["primary_conninfo"].value = "false";
  EXPECT_THAT(found(), UnorderedElementsAre("slot_sync_off", "standby_feedback_off",
                                            "standby_without_slot", "standby_conninfo"));
  EXPECT_THAT(mends_of(facts, "slot_sync_off"),
              HasSubstr("at db2:5432: ALTER SYSTEM SET sync_replication_slots = 'on';"));
}

TEST_F(CheckFailoverTest, a_host_that_cannot_be_asked_and_one_host_alone) {
  facts.hosts[1] = {"db2:5432", std::nullopt, "no answer"};
  EXPECT_THAT(found(), ElementsAre("host_unreachable"));
  facts.hosts.clear();
  EXPECT_THAT(found(), ElementsAre("one_host"));
}

TEST_F(CheckFailoverTest, servers_before_17_have_no_such_slots) {
  facts.catalog->server.version_num = 160009;
  facts.catalog->server.version = "16.9";
  EXPECT_THAT(found(), ElementsAre("failover_too_old"));
}

TEST_F(CheckFailoverTest, at_a_standby_it_can_neither_be_made_nor_read) {
  facts.catalog = standby();
  EXPECT_THAT(found(), ElementsAre("slot_is_copy"));
  facts.catalog->slots.clear();
  facts.log.checkpoint.reset();
  EXPECT_THAT(found(), ElementsAre("failover_at_standby"));
}

TEST_F(CheckFailoverTest, who_does_not_ask_for_it_hears_nothing_of_it) {
  facts.config->source.failover = false;
  facts.catalog->slots[0].failover = false;
  facts.catalog->server.settings["synchronized_standby_slots"].value = "";
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace wakestream::check
