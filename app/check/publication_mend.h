// Statements that mend a publication's entry of one table.
#pragma once

#include <fmt/format.h>

#include "app/check/finding.h"
#include "app/check/sql_names.h"

namespace wakestream::check {

// Every column and every row of the table. An entry cannot be changed, so it is made anew, in one
// transaction: the stream never sees it gone.
inline Mend publish_whole(const cdc::PublicationFacts& publication, const cdc::TableName& table) {
  const auto name = name_sql(publication.name);
  return sql(fmt::format(
      "BEGIN; ALTER PUBLICATION {0} DROP TABLE {1}; ALTER PUBLICATION {0} ADD TABLE {1}; COMMIT;",
      name, table_sql(table)));
}

}  // namespace wakestream::check
