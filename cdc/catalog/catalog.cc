#include "cdc/catalog/catalog.h"

#include <algorithm>
#include <charconv>

namespace wakestream::cdc {

std::optional<std::int64_t> ServerFacts::number(const std::string& setting) const {
  const auto found = settings.find(setting);
  if (found == settings.end()) return std::nullopt;
  const auto& digits = found->second.value;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string ServerFacts::text(const std::string& setting) const {
  const auto found = settings.find(setting);
  return found == settings.end() ? std::string() : found->second.value;
}

const ColumnFacts* TableFacts::find_column(const std::string& column) const {
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ColumnFacts& one) { return one.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

const TableFacts* Catalog::find_table(const TableName& name) const {
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const TableFacts& one) { return one.name == name; });
  return found == tables.end() ? nullptr : &*found;
}

const SlotFacts* Catalog::find_slot(const std::string& name) const {
  const auto found = std::find_if(slots.begin(), slots.end(),
                                  [&](const SlotFacts& one) { return one.name == name; });
  return found == slots.end() ? nullptr : &*found;
}

}  // namespace wakestream::cdc
