// Row changes on which expressions are tried: made by seed, stored in a server, and read back in
// the text forms that replication sends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cdc/row_change.h"
#include "tests/integration/oracle/generator.h"
#include "tests/support/postgres_connection.h"

namespace wakestream::test::oracle {

// What replication pins for its session.
inline constexpr const char* pinned_settings =
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; "
    "SET extra_float_digits = 3; SET bytea_output = 'hex';";

struct Change {
  cdc::Operation operation = cdc::Operation::insert;
  PostgresConnection::Row before;  // empty: there is none
  PostgresConnection::Row after;
  bool operator==(const Change&) const = default;
};

// SQL that makes the tables `cell` and `change`: the same for every server.
std::string sql_of_changes(Random& random, std::size_t count);
std::vector<Change> read_changes(PostgresConnection& connection);

// The relation as the stream describes it: oracle.cell, REPLICA IDENTITY FULL.
cdc::Relation read_relation(PostgresConnection& connection);

// The FROM under which old.x, new.x and op mean what they mean in a rule.
inline constexpr const char* from_changes =
    "FROM oracle.change LEFT JOIN oracle.cell old ON old.id = old_id LEFT JOIN oracle.cell new ON "
    "new.id = new_id";

}  // namespace wakestream::test::oracle
