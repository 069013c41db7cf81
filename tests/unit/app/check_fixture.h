// Facts in which nothing is wrong, for tests that spoil one of them.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "app/check/check.h"

namespace wakestream::check {

inline cdc::TableFacts customer_table() {
  cdc::TableFacts table;
  table.name = {"shop", "customer"};
  table.replica_identity = 'f';
  table.columns = {{"id", "bigint", 20, true, 0, false, 0, 0},
                   {"email", "text", 25, false, 0, false, 0, 0}};
  table.primary_key = {"id"};
  table.identity_columns = {"id", "email"};
  return table;
}

inline mapping::RuleSet customer_rules() {
  const std::vector<mapping::RuleSource> sources{
      {"rules.sql",
       "CREATE VIEW customer.email_changed AS SELECT new.id AS account_id, NULL AS version, 'a' AS "
       "banner, 'EU' AS jurisdiction, NULL AS consent, old.email AS previous_email, new.email FROM "
       "shop.customer WHERE op = 'UPDATE' AND old.email IS DISTINCT FROM new.email;\n"}};
  auto rules = mapping::RuleSet::parse(sources);
  if (!rules) throw std::runtime_error(rules.error().front().message);
  return std::move(*rules);
}

inline cdc::Catalog catalog_without_fault() {
  cdc::Catalog catalog;
  auto& server = catalog.server;
  server.version_num = 150007;
  server.version = "15.7";
  server.encoding = "UTF8";
  server.database = "shop";
  server.clock_us = server.our_clock_us = 1'790'000'000'000'000;
  server.settings = {{"wal_level", {"logical", "", "configuration file", false}},
                     {"max_replication_slots", {"10", "", "default", false}},
                     {"max_wal_senders", {"10", "", "default", false}},
                     {"wal_sender_timeout", {"60000", "ms", "default", false}},
                     {"max_slot_wal_keep_size", {"65536", "MB", "configuration file", false}},
                     {"hot_standby_feedback", {"off", "", "default", false}},
                     {"primary_slot_name", {"", "", "default", false}},
                     {"fsync", {"on", "", "default", false}}};
  catalog.role.name = "wakestream";
  catalog.role.replication = true;
  catalog.tables = {customer_table()};
  catalog.every_table = {{"shop", "customer"}};
  cdc::PublicationFacts publication;
  publication.name = "wakestream";
  publication.via_partition_root = true;
  cdc::PublishedTable published;
  published.schema = "shop";
  published.name = "customer";
  published.replica_identity = 'f';
  published.columns = published.identity_columns = {"id", "email"};
  published.column_types = {"bigint", "text"};
  published.column_type_oids = {20, 25};
  publication.tables = {published};
  publication.entries = {{{"shop", "customer"}, false, {}}};
  catalog.publication = publication;
  return catalog;
}

inline CheckFacts facts_without_fault() {
  CheckFacts facts;
  facts.config_file = {"wakestream.yaml", true,
                       "pipeline: shop\nsource:\n  url: ${env:URL}\nlog:\n  embedded:\n    path: "
                       "log\nrules: [rules.sql]\n",
                       0644};
  app::Config config;
  config.pipeline = "shop";
  config.log = app::EmbeddedLogConfig{"log", 1};
  config.rules = {"rules.sql"};
  facts.config = config;
  facts.rules = customer_rules();
  facts.target = cdc::ConninfoFacts{"127.0.0.1", "5432", "shop", "wakestream", "prefer", {}, false};
  facts.catalog = catalog_without_fault();
  facts.log.folder = FolderFacts{"log", false, false, true, ".", true, 0, 0, 1ULL << 40U, false};
  return facts;
}

inline std::vector<std::string> ids_of(const CheckFacts& facts) {
  std::vector<std::string> ids;
  const auto findings = check_all(facts);
  for (const auto& finding : findings.all()) ids.emplace_back(finding.kind->id);
  return ids;
}

// The text of every mend of that finding, one a line.
inline std::string mends_of(const CheckFacts& facts, std::string_view id) {
  std::string text;
  const auto findings = check_all(facts);
  for (const auto& finding : findings.all()) {
    if (finding.kind->id != id) continue;
    for (const auto& mend : finding.mends)
      text += (mend.kind == Mend::Kind::restart ? "restart for " + mend.text : mend.text) + "\n";
  }
  return text;
}

}  // namespace wakestream::check
