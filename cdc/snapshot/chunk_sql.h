// The questions that a snapshot asks, as SQL. Names and values are quoted here; `row_filter` and
// `where` are SQL already.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cdc/snapshot/snapshot_table.h"

namespace wakestream::cdc {

struct Quoting {
  std::function<std::string(const std::string&)> literal;
  std::function<std::string(const std::string&)> identifier;
};

// The table's name, with its schema.
std::string table_sql(const SnapshotTable& table, const Quoting& quoting);

// COPY ... TO STDOUT of every row, in no order.
std::string copy_every_sql(const SnapshotTable& table, const Quoting& quoting);
// The same of the rows behind `range.after`, in the order of the key.
std::string copy_rows_sql(const SnapshotTable& table, const ChunkRange& range,
                          const Quoting& quoting);
// The same of the rows that have one of the keys `range.again`.
std::string copy_again_sql(const SnapshotTable& table, const ChunkRange& range,
                           const Quoting& quoting);

// Two single statements that both are valid only where `where` is a condition on the table's rows,
// and nothing that ends the one it stands in: it will stand in the queries above.
std::vector<std::string> condition_checks(const SnapshotTable& table, const std::string& where,
                                          const Quoting& quoting);

}  // namespace wakestream::cdc
