// What is decided from facts that no server here can give: managed services, standbys, networks,
// clocks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/check/report.h"
#include "cdc/catalog/server_kind.h"
#include "mapping/context_rule.h"
#include "tests/unit/app/check_fixture.h"

namespace wakestream::check {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CheckTest : public testing::Test {
 protected:
  cdc::ServerFacts& server() { return facts.catalog->server; }
  void become_rds() {
    server().service_roles = {"rds_superuser"};
    server().setting_prefixes = {"rds"};
  }
  CheckFacts facts = facts_without_fault();
};

mapping::ContextSource customer_context() {
  mapping::ContextSource source;
  source.table_schema = "shop";
  source.table_name = "customer";
  source.account_id = {"new.id", {{1, 1}}};
  source.columns = {mapping::PlacedText{"'a'", {{2, 1}}},
                    {"NULL", {{3, 1}}},
                    {"'EU'", {{4, 1}}},
                    {"NULL", {{5, 1}}}};
  return source;
}

TEST_F(CheckTest, facts_without_fault_give_no_finding) { EXPECT_THAT(ids_of(facts), IsEmpty()); }

TEST_F(CheckTest, a_role_of_that_name_alone_is_no_managed_service) {
  server().service_roles = {"rds_superuser"};
  EXPECT_EQ(cdc::server_kind(server()), cdc::ServerKind::self_managed);
}

TEST_F(CheckTest, own_server_is_mended_by_alter_system_and_a_restart) {
  server().settings["wal_level"].value = "replica";
  EXPECT_EQ(mends_of(facts, "wal_level"),
            "ALTER SYSTEM SET wal_level = 'logical';\nrestart for wal_level\n");
}

TEST_F(CheckTest, a_setting_that_waits_for_its_restart_needs_only_that) {
  server().settings["wal_level"] = {"replica", "", "configuration file", true};
  EXPECT_EQ(mends_of(facts, "wal_level"), "restart for wal_level\n");
}

TEST_F(CheckTest, a_setting_of_the_role_is_taken_away_there) {
  server().settings["wal_sender_timeout"] = {"0", "ms", "user", false};
  EXPECT_EQ(mends_of(facts, "wal_sender_timeout_off"),
            "ALTER ROLE wakestream RESET wal_sender_timeout;\n");
}

TEST_F(CheckTest, rds_has_a_parameter_group_and_a_role_of_its_own) {
  become_rds();
  server().settings["wal_level"].value = "replica";
  facts.catalog->role.replication = false;
  EXPECT_THAT(mends_of(facts, "wal_level"), HasSubstr("aws rds modify-db-parameter-group"));
  EXPECT_THAT(mends_of(facts, "wal_level"),
              HasSubstr("ParameterName=rds.logical_replication,ParameterValue=1"));
  EXPECT_THAT(mends_of(facts, "wal_level"), Not(HasSubstr("ALTER SYSTEM")));
  EXPECT_EQ(mends_of(facts, "role_no_replication"), "GRANT rds_replication TO wakestream;\n");
  facts.catalog->role.member_of = {"rds_replication"};
  EXPECT_THAT(ids_of(facts), ElementsAre("wal_level"));
}

TEST_F(CheckTest, aurora_has_a_cluster_parameter_group) {
  become_rds();
  server().has_aurora_version = true;
  server().settings["wal_level"].value = "replica";
  EXPECT_THAT(mends_of(facts, "wal_level"), HasSubstr("modify-db-cluster-parameter-group"));
}

TEST_F(CheckTest, cloud_sql_has_flags) {
  server().service_roles = {"cloudsqlsuperuser"};
  server().setting_prefixes = {"cloudsql"};
  server().settings["wal_level"].value = "replica";
  EXPECT_THAT(mends_of(facts, "wal_level"),
              HasSubstr("--database-flags=cloudsql.logical_decoding=on"));
}

TEST_F(CheckTest, azure_has_server_parameters) {
  server().service_roles = {"azure_pg_admin"};
  server().setting_prefixes = {"azure"};
  server().settings["max_wal_senders"].value = "0";
  EXPECT_THAT(mends_of(facts, "no_free_walsender"),
              HasSubstr("az postgres flexible-server parameter set"));
}

TEST_F(CheckTest, versions_that_are_too_old) {
  server().version_num = 140012;
  EXPECT_THAT(ids_of(facts), ElementsAre("server_too_old"));
}

TEST_F(CheckTest, a_standby_without_feedback_and_without_a_slot) {
  server().in_recovery = true;
  server().version_num = 160004;
  EXPECT_THAT(ids_of(facts), ElementsAre("standby_feedback_off", "standby_without_slot"));
  server().settings["hot_standby_feedback"].value = "on";
  server().settings["primary_slot_name"].value = "standby";
  EXPECT_THAT(ids_of(facts), IsEmpty());
  server().version_num = 150007;
  EXPECT_THAT(ids_of(facts), ElementsAre("standby_too_old"));
}

TEST_F(CheckTest, a_standby_needs_room_for_a_second_connection) {
  server().version_num = 160004;
  server().walsenders_in_use = 9;
  EXPECT_THAT(ids_of(facts), IsEmpty());
  facts.catalog->role.connection_limit = 2;
  EXPECT_THAT(ids_of(facts), IsEmpty());
  server().in_recovery = true;
  server().settings["hot_standby_feedback"].value = "on";
  server().settings["primary_slot_name"].value = "standby";
  EXPECT_THAT(ids_of(facts), ElementsAre("no_free_walsender", "role_connection_limit"));
}

TEST_F(CheckTest, a_first_snapshot_reads_by_select_and_follows_a_key) {
  facts.config->snapshot.initial = true;
  EXPECT_THAT(ids_of(facts), ElementsAre("snapshot_of_nothing"));
  const std::vector<mapping::RuleSource> sources{
      {"rules.sql",
       "CREATE VIEW customer.listed AS SELECT new.id AS account_id, NULL AS version, 'a' AS "
       "banner, "
       "'EU' AS jurisdiction, NULL AS consent, new.email FROM shop.customer WHERE op = "
       "'SNAPSHOT';\n"}};
  facts.rules = *mapping::RuleSet::parse(sources);
  EXPECT_THAT(ids_of(facts), ElementsAre("snapshot_no_select"));
  EXPECT_EQ(mends_of(facts, "snapshot_no_select"),
            "GRANT USAGE ON SCHEMA shop TO wakestream;\nGRANT SELECT ON shop.customer TO "
            "wakestream;\n");
  auto& table = facts.catalog->tables.front();
  table.readable_by_role = true;
  EXPECT_THAT(ids_of(facts), IsEmpty());
  table.primary_key.clear();
  EXPECT_THAT(ids_of(facts), ElementsAre("snapshot_no_key"));
  facts.catalog->role.connection_limit = 2;
  EXPECT_THAT(ids_of(facts), ElementsAre("snapshot_no_key", "role_connection_limit"));
}

TEST_F(CheckTest, the_account_context_is_filled_by_select_and_by_a_key) {
  facts.config->context = app::ContextConfig{customer_context(), "store", 1U << 26U};
  EXPECT_THAT(ids_of(facts), ElementsAre("context_no_select"));
  EXPECT_EQ(mends_of(facts, "context_no_select"),
            "GRANT USAGE ON SCHEMA shop TO wakestream;\nGRANT SELECT ON shop.customer TO "
            "wakestream;\n");
  auto& table = facts.catalog->tables.front();
  table.primary_key.clear();
  facts.catalog->role.connection_limit = 2;
  EXPECT_THAT(ids_of(facts),
              ElementsAre("context_no_select", "context_no_key", "role_connection_limit"));
  const auto rule_hash = mapping::ContextRule::parse(customer_context())->hash();
  auto& checkpoint = facts.log.checkpoint.emplace();
  checkpoint.birth = capture::Birth::born;
  checkpoint.context = capture::ContextProgress{rule_hash, 1, {}};
  EXPECT_TRUE(fills_context(facts)) << "the fill is under way";
  checkpoint.context->filled_at = cdc::Lsn{0x100};
  EXPECT_FALSE(fills_context(facts));
  checkpoint.context->rule_hash = "another";
  EXPECT_TRUE(fills_context(facts)) << "the section says something else now";
}

TEST_F(CheckTest, clocks_that_differ) {
  server().clock_us += 4'000'000;
  EXPECT_THAT(ids_of(facts), IsEmpty());
  server().clock_us -= 20'000'000;
  EXPECT_THAT(ids_of(facts), ElementsAre("clock_skew"));
}

TEST_F(CheckTest, a_network_is_crossed_encrypted_and_to_a_server_that_is_known) {
  facts.target->host = "db.example.org";
  EXPECT_THAT(ids_of(facts), ElementsAre("tls_off"));
  server().connection_encrypted = true;
  EXPECT_THAT(ids_of(facts), ElementsAre("tls_unverified"));
  facts.target->sslmode = "verify-full";
  EXPECT_THAT(ids_of(facts), IsEmpty());
}

TEST_F(CheckTest, a_database_of_unchecked_text) {
  server().encoding = "SQL_ASCII";
  EXPECT_THAT(ids_of(facts), ElementsAre("server_encoding"));
}

TEST_F(CheckTest, disks_of_the_log) {
  facts.log.folder->free_bytes = 1'000;
  facts.log.folder->network_file_system = true;
  EXPECT_THAT(ids_of(facts), ElementsAre("log_network_disk", "log_disk_low"));
}

class CheckpointTest : public CheckTest {
 protected:
  CheckpointTest() {
    capture::Checkpoint checkpoint;
    checkpoint.pipeline = "shop";
    checkpoint.slot = "wakestream";
    checkpoint.birth = capture::Birth::born;
    checkpoint.system_identifier = 7;
    checkpoint.timeline = 2;
    checkpoint.event_partition_count = 1;
    checkpoint.read_through = cdc::Lsn{1'000};
    facts.log.checkpoint = checkpoint;
    cdc::SlotFacts slot;
    slot.name = "wakestream";
    slot.plugin = "pgoutput";
    slot.database = "shop";
    slot.wal_status = "reserved";
    slot.confirmed_flush_lsn = cdc::Lsn{900};
    facts.catalog->slots = {slot};
    facts.identity = cdc::ServerIdentity{};
    facts.identity->system_identifier = 7;
    facts.identity->timeline = 2;
  }
  cdc::SlotFacts& slot() { return facts.catalog->slots.front(); }
};

TEST_F(CheckpointTest, a_slot_behind_its_checkpoint_is_as_it_should_be) {
  EXPECT_THAT(ids_of(facts), IsEmpty());
  slot().confirmed_flush_lsn = cdc::Lsn{1'001};
  EXPECT_THAT(ids_of(facts), ElementsAre("slot_ahead"));
}

TEST_F(CheckpointTest, another_cluster_and_a_timeline_left_behind) {
  facts.identity->timeline = 1;
  EXPECT_THAT(ids_of(facts), ElementsAre("old_timeline"));
  facts.identity->system_identifier = 8;
  EXPECT_THAT(ids_of(facts), ElementsAre("other_cluster"));
}

TEST_F(CheckpointTest, a_log_without_its_checkpoint) {
  facts.log.checkpoint.reset();
  facts.log.events_exist = true;
  EXPECT_THAT(ids_of(facts), ElementsAre("checkpoint_lost"));
}

TEST_F(CheckpointTest, a_slot_that_keeps_too_much) {
  slot().kept_wal_bytes = 60LL << 30U;
  slot().safe_wal_bytes = 4LL << 30U;
  EXPECT_THAT(ids_of(facts), ElementsAre("slot_headroom"));
  slot().safe_wal_bytes.reset();
  server().settings["max_slot_wal_keep_size"].value = "-1";
  EXPECT_THAT(ids_of(facts), ElementsAre("slot_keeps_wal", "slot_wal_unlimited"));
}

TEST_F(CheckpointTest, who_reads_the_slot) {
  slot().active = true;
  slot().active_application = "wakestream";
  EXPECT_THAT(ids_of(facts), ElementsAre("already_running"));
  slot().active_application = "";
  EXPECT_THAT(ids_of(facts), ElementsAre("slot_in_use"));
}

TEST_F(CheckTest, kafka_says_no) {
  app::KafkaLogConfig kafka;
  kafka.brokers = "kafka:9092";
  facts.config->log = kafka;
  facts.log.folder.reset();
  facts.log.writer_problem = log::Error{log::ErrorKind::denied, "not authorised"};
  EXPECT_THAT(ids_of(facts), ElementsAre("kafka_denied"));
  EXPECT_THAT(mends_of(facts, "kafka_denied"), HasSubstr("--transactional-id wakestream.shop."));
  facts.log = {};
  facts.log.problem = log::Error{log::ErrorKind::bad_option, "acks is wakestream's own"};
  EXPECT_THAT(ids_of(facts), ElementsAre("kafka_option"));
}

TEST_F(CheckTest, kafka_topics_whose_writes_one_broker_alone_acknowledges_or_none_can) {
  app::KafkaLogConfig kafka;
  kafka.brokers = "kafka:9092";
  facts.config->log = kafka;
  facts.log.folder.reset();
  auto& topic = facts.log.topics.emplace_back();
  topic.spec.name = "wakestream.shop.quarantine";
  auto& shape = topic.shape.emplace();
  shape.partition_count = 1;
  for (const auto& [copies, in_sync, mended] :
       {std::tuple{3, 2, 0}, {1, 1, 0}, {3, 1, 2}, {2, 1, 2}, {1, 2, 1}}) {
    shape.copies = copies;
    shape.copies_in_sync_min = in_sync;
    if (mended == 0) {
      EXPECT_THAT(ids_of(facts), ElementsAre()) << copies << " " << in_sync;
      continue;
    }
    EXPECT_THAT(ids_of(facts), ElementsAre("topic_in_sync")) << copies << " " << in_sync;
    EXPECT_THAT(mends_of(facts, "topic_in_sync"),
                HasSubstr("min.insync.replicas=" + std::to_string(mended)));
  }
}

TEST_F(CheckTest, a_script_has_each_statement_once_and_one_reload_at_its_end) {
  server().settings["wal_sender_timeout"].value = "0";
  server().settings["fsync"].value = "off";
  server().settings["max_slot_wal_keep_size"].value = "-1";
  facts.catalog->role.createdb = true;
  const auto script = as_script(facts, check_all(facts));
  EXPECT_THAT(script, HasSubstr("\nALTER SYSTEM SET fsync = 'on';\n"));
  EXPECT_THAT(script, HasSubstr("\nALTER ROLE wakestream NOCREATEDB;\n"));
  // Nothing has to be done about a note.
  EXPECT_THAT(script, HasSubstr("\n-- ALTER SYSTEM SET max_slot_wal_keep_size = '64GB';\n"));
  EXPECT_TRUE(script.ends_with("\nSELECT pg_reload_conf();\n"));
  EXPECT_EQ(script.find("\nSELECT pg_reload_conf();"), script.rfind("\nSELECT pg_reload_conf();"));
}

TEST_F(CheckTest, a_name_cannot_end_a_comment_of_the_script) {
  facts.catalog->publication->entries.push_back({{"shop", "a\nDROP TABLE b;"}, false, "true"});
  EXPECT_THAT(as_script(facts, check_all(facts)), HasSubstr("\n-- DROP TABLE b;: a row"));
}

}  // namespace
}  // namespace wakestream::check
