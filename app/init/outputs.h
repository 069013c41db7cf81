// The three files that `wakestream init` writes, as texts. Pure.
#pragma once

#include <string>
#include <vector>

#include "app/init/proposal.h"
#include "cdc/catalog/catalog.h"
#include "cdc/session/conninfo.h"

namespace wakestream::init {

struct Naming {
  std::string pipeline;
  std::string role = "wakestream";
  std::string publication = "wakestream";
  std::string slot;                 // of the server: one a pipeline
  std::string family = "customer";  // of the event types
  std::string banner_literal;       // where no column is the banner
  std::string jurisdiction_literal = "unknown";
  std::string kafka_brokers;  // empty: the embedded log
};

// Lower-case letters, digits and underscores, which a slot's name and an event type's part may
// hold.
std::string plain_name(const std::string& name, const std::string& otherwise);

struct RulesText {
  std::string text;
  std::size_t rule_count = 0;
  std::size_t left_out = 0;                    // written as comments, with the reason
  std::vector<const cdc::TableFacts*> tables;  // that some rule reads
};

// Every rule was parsed and bound to its table before it is written.
RulesText rules_text(const Proposal& proposal, const Naming& naming);

// For psql, as an administrator: role, publication, replica identity. Can be run again.
std::string prepare_text(const cdc::Catalog& catalog, const Proposal& proposal,
                         const RulesText& rules, const Naming& naming);

// Without a password: libpq takes it from PGPASSWORD or ~/.pgpass.
std::string config_text(const cdc::ConninfoFacts& target, const Naming& naming);

}  // namespace wakestream::init
