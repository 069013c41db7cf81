#include "app/check/check.h"

namespace wakestream::check {

Findings check_all(const CheckFacts& facts) {
  Findings findings;
  check_files(facts, findings);
  if (facts.config) {
    check_connection(facts, findings);
    check_log(facts, findings);
  }
  if (facts.catalog) {
    check_server(facts, findings);
    check_role(facts, findings);
    check_tables(facts, findings);
    check_context(facts, findings);
    check_snapshot(facts, findings);
    check_publication(facts, findings);
    check_slot(facts, findings);
    check_failover(facts, findings);
    if (facts.catalog->server.in_recovery)
      for (const auto area : {Area::role, Area::table, Area::publication})
        findings.send_to_primary(area);
  }
  findings.sort();
  return findings;
}

}  // namespace wakestream::check
