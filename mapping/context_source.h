// The `context:` section of the configuration, as it is written there.
#pragma once

#include <array>
#include <string>

#include "mapping/account_context.h"
#include "mapping/place.h"
#include "mapping/sql_draft.h"

namespace wakestream::mapping {

struct ContextSource {
  std::string file;
  std::string table_schema;
  std::string table_name;
  Place table_place;
  PlacedText account_id;                                   // SQL expressions over `new`
  std::array<PlacedText, context_columns.size()> columns;  // by ContextColumn
};

}  // namespace wakestream::mapping
