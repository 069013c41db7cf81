// Names as SQL wants them, and as people read them.
#pragma once

#include <string>

#include "cdc/catalog/catalog.h"
#include "mapping/sql_name.h"

namespace wakestream::check {

inline std::string name_sql(const std::string& name) { return mapping::quoted_name(name, true); }
// Behind a dot, and behind AS, a key word may stand as it is.
inline std::string name_behind_dot(const std::string& name) { return mapping::quoted_name(name); }
inline std::string table_sql(const cdc::TableName& table) {
  return mapping::quoted_table(table.schema, table.name);
}
inline std::string text_sql(const std::string& text) { return mapping::quoted_text(text); }

inline std::string shown(const cdc::TableName& table) { return table.schema + "." + table.name; }

}  // namespace wakestream::check
