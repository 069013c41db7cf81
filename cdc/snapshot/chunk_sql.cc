#include "cdc/snapshot/chunk_sql.h"

#include <fmt/format.h>

namespace wakestream::cdc {

namespace {

// "a", ("a", "b")
std::string row_of(const std::vector<std::string>& parts) {
  std::string list;
  for (const auto& part : parts) list += (list.empty() ? "" : ", ") + part;
  return parts.size() == 1 ? list : "(" + list + ")";
}

class Builder {
 public:
  Builder(const SnapshotTable& table, const ChunkRange& range, const Quoting& quoting)
      : table_(table), range_(range), quoting_(quoting) {}

  std::string copy(const std::string& key_condition, const std::string& tail) const {
    std::string columns;
    for (const auto& column : table_.relation.columns)
      columns += (columns.empty() ? "" : ", ") + quoting_.identifier(column.name);
    // Rows of inheritance children are published under their own names.
    auto sql = fmt::format(
        "COPY (SELECT {} FROM {}{}.{}", columns, table_.partitioned ? "" : "ONLY ",
        quoting_.identifier(table_.relation.schema), quoting_.identifier(table_.relation.name));
    std::string_view word = " WHERE ";
    for (const auto* condition : {&table_.row_filter, &range_.where, &key_condition}) {
      if (condition->empty()) continue;
      sql += fmt::format("{}({}\n)", word, *condition);
      word = " AND ";
    }
    return sql + tail + ") TO STDOUT";
  }

  std::string key() const {
    std::vector<std::string> parts;
    parts.reserve(table_.key.size());
    for (const auto& name : table_.key) parts.push_back(quoting_.identifier(name));
    return row_of(parts);
  }
  std::string values(const ChunkRange::Key& key) const {
    std::vector<std::string> parts;
    parts.reserve(key.size());
    for (const auto& value : key) parts.push_back(quoting_.literal(value));
    return row_of(parts);
  }
  std::string operator_named(std::string_view name) const {
    return fmt::format("OPERATOR({}.{})", quoting_.identifier(table_.operator_schema), name);
  }
  std::string order() const {
    std::string list;
    for (const auto& name : table_.key)
      list += (list.empty() ? "" : ", ") + quoting_.identifier(name);
    return list;
  }

 private:
  const SnapshotTable& table_;
  const ChunkRange& range_;
  const Quoting& quoting_;
};

}  // namespace

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

}  // namespace wakestream::cdc
