#include "mapping/rule.h"

#include <fmt/format.h>

#include <utility>

namespace wakestream::mapping {

Error error_at(const Rule& rule, ErrorKind kind, Place place, std::string message) {
  return {kind,
          std::move(message),
          rule.file,
          place.line,
          place.column,
          rule.type,
          fmt::format("{}.{}", rule.table_schema, rule.table_name),
          {}};
}

}  // namespace wakestream::mapping
