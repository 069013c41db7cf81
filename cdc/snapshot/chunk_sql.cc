#include "cdc/snapshot/chunk_sql.h"

#include <fmt/format.h>

namespace wakestream::cdc {

namespace {

// "a", ("a", "b")
std::string row_of(const std::vector<std::string>& parts) {
  return parts.size() == 1 ? parts[0] : fmt::format("({})", fmt::join(parts, ", "));
}

// Rows of inheritance children are published under their own names.
std::string rows_of(const SnapshotTable& table, const Quoting& quoting) {
  return fmt::format("{}{}", table.partitioned ? "" : "ONLY ", table_sql(table, quoting));
}

class Builder {
 public:
  Builder(const SnapshotTable& table, const ChunkRange& range, const Quoting& quoting)
      : table_(table), range_(range), quoting_(quoting) {}

  std::string copy(const std::string& key_condition, const std::string& tail) const {
    std::vector<std::string> columns;
    columns.reserve(table_.relation.columns.size());
    for (const auto& column : table_.relation.columns)
      columns.push_back(quoting_.identifier(column.name));
    auto sql =
        fmt::format("COPY (SELECT {} FROM {}", fmt::join(columns, ", "), rows_of(table_, quoting_));
    std::string_view word = " WHERE ";
    for (const auto* condition : {&table_.row_filter, &range_.where, &key_condition}) {
      if (condition->empty()) continue;
      sql += fmt::format("{}({}\n)", word, *condition);
      word = " AND ";
    }
    return sql + tail + ") TO STDOUT";
  }

  std::string key() const { return row_of(key_columns()); }
  std::string values(const ChunkRange::Key& key) const {
    std::vector<std::string> parts;
    parts.reserve(key.size());
    for (const auto& value : key) parts.push_back(quoting_.literal(value));
    return row_of(parts);
  }
  std::string operator_named(std::string_view name) const {
    return fmt::format("OPERATOR({}.{})", quoting_.identifier(table_.operator_schema), name);
  }
  std::string order() const { return fmt::format("{}", fmt::join(key_columns(), ", ")); }

 private:
  std::vector<std::string> key_columns() const {
    std::vector<std::string> columns;
    columns.reserve(table_.key.size());
    for (const auto& name : table_.key) columns.push_back(quoting_.identifier(name));
    return columns;
  }

  const SnapshotTable& table_;
  const ChunkRange& range_;
  const Quoting& quoting_;
};

}  // namespace

std::string copy_every_sql(const SnapshotTable& table, const Quoting& quoting) {
  return Builder(table, {}, quoting).copy("", "");
}

std::string copy_rows_sql(const SnapshotTable& table, const ChunkRange& range,
                          const Quoting& quoting) {
  const Builder sql(table, range, quoting);
  const auto behind =
      range.after.empty()
          ? std::string{}
          : fmt::format("{} {} {}", sql.key(), sql.operator_named(">"), sql.values(range.after));
  return sql.copy(behind, fmt::format(" ORDER BY {} LIMIT {}", sql.order(), range.rows_max));
}

std::string copy_again_sql(const SnapshotTable& table, const ChunkRange& range,
                           const Quoting& quoting) {
  const Builder sql(table, range, quoting);
  std::string keys;
  for (const auto& key : range.again)
    keys += fmt::format("{}{} {} {}", keys.empty() ? "" : " OR ", sql.key(),
                        sql.operator_named("="), sql.values(key));
  return sql.copy(keys, "");
}

std::string table_sql(const SnapshotTable& table, const Quoting& quoting) {
  return fmt::format("{}.{}", quoting.identifier(table.relation.schema),
                     quoting.identifier(table.relation.name));
}

std::vector<std::string> condition_checks(const SnapshotTable& table, const std::string& where,
                                          const Quoting& quoting) {
  const auto rows = rows_of(table, quoting);
  return {fmt::format("EXPLAIN SELECT 1 FROM {} WHERE ({}\n)", rows, where),
          fmt::format("EXPLAIN SELECT CASE WHEN ({}\n) THEN 1 END FROM {}", where, rows)};
}

}  // namespace wakestream::cdc
