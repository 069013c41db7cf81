#include "cdc/snapshot/touched_rows.h"

#include <algorithm>

namespace wakestream::cdc {

std::uint64_t touch_of(const RowKeyHash& key) { return key.value().low; }

std::uint64_t touch_of_all(const std::string& table) {
  return touch_of(RowKeyHash().add(std::string_view(table)));
}

void TouchedRows::set_tables(const std::vector<std::string>& tables) {
  tables_.clear();
  for (const auto& name : tables) tables_.push_back({name, {}});
  bounds_.clear();
}

void TouchedRows::set_key(const std::string& table, const std::vector<std::string>& key) {
  for (auto& one : tables_) {
    if (one.name != table || one.key == key) continue;
    one.key = key;
    bounds_.clear();
  }
}

const TouchedRows::Bound& TouchedRows::bound(const Relation& relation) {
  const auto [found, added] = bounds_.try_emplace(relation.id);
  auto& bound = found->second;
  if (!added && bound.revision == relation.revision) return bound;
  bound = {relation.revision, nullptr, {}};
  const auto name = relation.schema + "." + relation.name;
  for (const auto& table : tables_)
    if (table.name == name) bound.table = &table;
  if (bound.table == nullptr) return bound;
  for (const auto& column : bound.table->key) {
    const auto at = std::find_if(relation.columns.begin(), relation.columns.end(),
                                 [&](const Column& one) { return one.name == column; });
    if (at == relation.columns.end()) {
      bound.columns.clear();
      return bound;
    }
    bound.columns.push_back(static_cast<std::size_t>(at - relation.columns.begin()));
  }
  return bound;
}

std::optional<std::uint64_t> TouchedRows::key_of(const Bound& bound, std::span<const Value> row) {
  if (bound.columns.empty()) return std::nullopt;
  RowKeyHash key;
  key.add(std::string_view(bound.table->name));
  for (const auto column : bound.columns) {
    if (column >= row.size() || row[column].kind != Value::Kind::text) return std::nullopt;
    key.add(row[column].text);
  }
  return touch_of(key);
}

void TouchedRows::note(const RowChange& change, SnapshotWindow& window) {
  if (tables_.empty()) return;
  const auto& known = bound(*change.relation);
  if (known.table == nullptr) return;
  const bool has_new =
      change.operation == Operation::insert || change.operation == Operation::update;
  // An update without an old row left the replica identity, and so the key, as it was.
  const bool has_old = change.old_row != OldRow::absent;
  const auto old_key = has_old ? key_of(known, change.before) : std::nullopt;
  const auto new_key = has_new ? key_of(known, change.after) : std::nullopt;
  if ((has_old && !old_key) || (has_new && !new_key) || (!has_old && !has_new))
    window.is_unknown(touch_of_all(known.table->name));
  // The old key first: where it is the new one as well, the row is there.
  if (old_key) window.is_gone(*old_key);
  if (new_key) window.is_row(*new_key, *change.relation, change.after);
}

}  // namespace wakestream::cdc
