#include "policy/name_table.h"

namespace wakestream::policy {

NameId NameTable::add(std::string_view name) {
  const auto [at, is_new] = ids_.try_emplace(std::string(name), static_cast<NameId>(names_.size()));
  if (is_new) names_.emplace_back(name);
  return at->second;
}

std::optional<NameId> NameTable::find(std::string_view name) const {
  const auto at = ids_.find(name);
  return at == ids_.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace wakestream::policy
