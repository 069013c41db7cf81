// The decisions of `wakestream check`: facts in, findings out. Pure.
#pragma once

#include "app/check/facts.h"
#include "app/check/finding.h"

namespace wakestream::check {

// Everything below, in order. What cannot be known (no connection, no configuration) is left out:
// the finding that says so is enough.
Findings check_all(const CheckFacts& facts);

void check_files(const CheckFacts& facts, Findings& findings);
void check_connection(const CheckFacts& facts, Findings& findings);
void check_server(const CheckFacts& facts, Findings& findings);
void check_role(const CheckFacts& facts, Findings& findings);
void check_tables(const CheckFacts& facts, Findings& findings);
void check_context(const CheckFacts& facts, Findings& findings);
void check_snapshot(const CheckFacts& facts, Findings& findings);
void check_publication(const CheckFacts& facts, Findings& findings);
void check_slot(const CheckFacts& facts, Findings& findings);
void check_failover(const CheckFacts& facts, Findings& findings);
void check_log(const CheckFacts& facts, Findings& findings);

// Will `run` read the rows of the account context's table, because the context does not hold every
// account yet?
bool fills_context(const CheckFacts& facts);

}  // namespace wakestream::check
