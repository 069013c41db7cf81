// A row change as the quarantine keeps it:
//
//   {"op":"UPDATE","table":"graph.account","old_row":"full",
//    "before":{"id":"1","email":null},"before_not_sent":["bio"],
//    "after":{"id":"1","email":"x"},"after_not_sent":[]}
//
// Values are PostgreSQL's text forms, NULL is null, and a row that the operation does not have is
// null. Bytes that are not UTF-8 are kept as {"hex":"..."}: nothing is lost, and the record is JSON
// whatever came.
#pragma once

#include <string>

#include "cdc/row_change.h"

namespace wakestream::mapping {

void append_row_json(const cdc::RowChange& change, std::string& out);

}  // namespace wakestream::mapping
