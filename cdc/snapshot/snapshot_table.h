// A table as a snapshot reads it: in chunks, in the order of its key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cdc/relation.h"

namespace wakestream::cdc {

struct SnapshotTable {
  Relation relation;                     // as the stream describes it
  std::vector<std::string> key;          // the columns of the key, in its order
  std::vector<std::size_t> key_columns;  // the same, as places in the relation
  // The schema of the operators that the key's index orders by: pg_catalog, but for types of
  // extensions.
  std::string operator_schema;
  bool partitioned = false;
  std::string row_filter;           // the publication's, as SQL; empty: every row
  std::int64_t rows_estimated = 0;  // the planner's; below 0: nobody has counted yet
};

// Where to read: rows behind a key, in its order, and rows of single keys.
struct ChunkRange {
  using Key = std::vector<std::string>;  // the text forms of a key's values

  std::string where;          // a condition of the operator's, as SQL; empty: every row
  Key after;                  // empty: from the beginning
  std::size_t rows_max = 0;   // 0: only `again`
  std::size_t bytes_max = 0;  // rows end when they have so many bytes; at least one comes
  std::vector<Key> again;
};

}  // namespace wakestream::cdc
