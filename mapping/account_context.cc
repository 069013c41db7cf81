#include "mapping/account_context.h"

#include <algorithm>

namespace wakestream::mapping {

std::optional<ContextColumn> context_column(std::string_view name) {
  const auto* const found = std::find(context_columns.begin(), context_columns.end(), name);
  if (found == context_columns.end()) return std::nullopt;
  return static_cast<ContextColumn>(found - context_columns.begin());
}

}  // namespace wakestream::mapping
