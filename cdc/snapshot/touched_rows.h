// Tells a SnapshotWindow what a streamed row does to which keys: to the old one, to the new one,
// or, where a key is not to be known (TRUNCATE, a value that was not sent), to every key of the
// table.
//
// Only tables of the snapshot count. Of one that was not read yet the key is not known either.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cdc/row_change.h"
#include "cdc/snapshot/row_key.h"
#include "cdc/snapshot/snapshot_window.h"

namespace wakestream::cdc {

// As a window has them.
std::uint64_t touch_of(const RowKeyHash& key);
std::uint64_t touch_of_all(const std::string& table);

class TouchedRows {
 public:
  // "schema.table"; the others are forgotten.
  void set_tables(const std::vector<std::string>& tables);
  void set_key(const std::string& table, const std::vector<std::string>& key);

  void note(const RowChange& change, SnapshotWindow& window);

 private:
  struct Table {
    std::string name;
    std::vector<std::string> key;  // empty: not known yet
  };
  // What a relation of the stream means for us.
  struct Bound {
    std::uint64_t revision = 0;
    const Table* table = nullptr;      // null: not one of the snapshot
    std::vector<std::size_t> columns;  // of the key; empty: not to be known
  };

  const Bound& bound(const Relation& relation);
  static std::optional<std::uint64_t> key_of(const Bound& bound, std::span<const Value> row);

  std::vector<Table> tables_;
  std::unordered_map<std::uint32_t, Bound> bounds_;
};

}  // namespace wakestream::cdc
