// The rules against the tables that a publication holds now: what `run` asks before it streams, and
// preview too.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cdc/session/replication_session.h"
#include "mapping/context_rule.h"
#include "mapping/mapper.h"
#include "mapping/rule_set.h"

namespace wakestream::capture {

// A table as the stream will describe it.
mapping::TableShape shape_of(const cdc::PublishedTable& table, const std::string& publication);

// Sentences for an operator; empty when every rule can be carried out, and the account context
// (null: there is none) be read.
std::vector<std::string> check_tables(const mapping::RuleSet& rules,
                                      const mapping::ContextRule* context,
                                      std::span<const cdc::PublishedTable> tables,
                                      const std::string& publication);

}  // namespace wakestream::capture
