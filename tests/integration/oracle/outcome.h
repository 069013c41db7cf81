// What an expression gives, by us and by a server, in one form that can be compared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/integration/oracle/changes.h"

namespace wakestream::test::oracle {

// Of one expression.
struct Outcome {
  // Why it is no expression; empty: it is one.
  std::string refusal;
  std::string type;
  // Rules fail in it wherever any version of PostgreSQL does; others may give a value there.
  bool versions_differ = false;
  // One for each change: JSON, or "error" and the SQLSTATE.
  std::vector<std::string> values;
};

// By a server. `expected` are ours: rows that should not fail are asked for together, and all one
// by one only where that was wrong.
std::vector<Outcome> outcomes_of_postgres(PostgresConnection& connection,
                                          const std::vector<std::string>& expressions,
                                          const std::vector<Outcome>& expected);

// What of a row change reaches us.
enum class Sent {
  all,
  // REPLICA IDENTITY FULL, and new values that did not change are left out, as TOAST does.
  all_but_unchanged,
  // REPLICA IDENTITY DEFAULT with a key of two columns: no old row, or its key; and the same.
  key_of_old,
};

// By a rule that has the expression as a field. A rule that the table cannot feed is refused.
Outcome outcome_of_rule(const std::string& expression, const cdc::Relation& relation,
                        const std::vector<Change>& changes, Sent sent = Sent::all);

// By a rule that has the expression as its WHERE: true where there is an event, else null.
Outcome outcome_of_condition(const std::string& expression, const cdc::Relation& relation,
                             const std::vector<Change>& changes);

}  // namespace wakestream::test::oracle
