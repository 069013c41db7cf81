// A row change read back from the quarantine: the other way of row_json.h.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "cdc/row_change.h"

namespace wakestream::mapping {

// Owns its bytes. `change` points into it and at the relation that it was read for. Moving keeps
// the pointers; there is no copy.
struct KeptRow {
  KeptRow() = default;
  KeptRow(KeptRow&&) noexcept = default;
  KeptRow& operator=(KeptRow&&) noexcept = default;

  cdc::RowChange change;  // without ordinal and LSN: the record's key has them
  std::deque<std::string> texts;
  std::vector<cdc::Value> before;
  std::vector<cdc::Value> after;
};

// The row as a change of `relation`, which is the table as it is now and must outlive the result: a
// column that the row does not know was not sent, and what the table no longer has is left out. The
// error is a sentence without values.
tl::expected<KeptRow, std::string> read_row_json(std::string_view json,
                                                 const cdc::Relation& relation);

}  // namespace wakestream::mapping
