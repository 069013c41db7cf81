#include "tests/integration/oracle/changes.h"

#include <fmt/format.h>

#include <charconv>

namespace wakestream::test::oracle {

namespace {

std::string literal_or_null(std::optional<std::string_view> value) {
  if (!value) return "NULL";
  std::string literal = "'";
  for (const char letter : *value) {
    literal.push_back(letter);
    if (letter == '\'') literal.push_back(letter);
  }
  return literal + "'";
}

constexpr std::size_t null_percent = 18;

std::vector<std::string> random_row(Random& random) {
  std::vector<std::string> cells;
  for (const auto& column : columns())
    cells.push_back(
        literal_or_null(random.percent(null_percent)
                            ? std::nullopt
                            : std::optional<std::string_view>(random.one_of(column.values))));
  return cells;
}

}  // namespace

std::string sql_of_changes(Random& random, std::size_t count) {
  std::string sql = "CREATE SCHEMA oracle; CREATE TABLE oracle.cell (";
  for (const auto& column : columns())
    sql += fmt::format("{} {}, ", column.name,
                       column.type == "character"           ? "character(6)"
                       : column.type == "character varying" ? "character varying(20)"
                                                            : column.type);
  sql +=
      "id int PRIMARY KEY);"
      "CREATE TABLE oracle.change (number int PRIMARY KEY, op text, old_id int, new_id int);";
  std::string cells;
  std::string changes;
  int id = 0;
  const auto add_cell = [&](const std::vector<std::string>& row) {
    cells += fmt::format("{}({}, {})", cells.empty() ? "" : ",", fmt::join(row, ", "), ++id);
    return std::to_string(id);
  };
  for (std::size_t number = 0; number < count; ++number) {
    const auto way = random.below(100);
    const auto* op = way < 60 ? "UPDATE" : way < 78 ? "INSERT" : way < 96 ? "DELETE" : "TRUNCATE";
    std::string old_id = "NULL";
    std::string new_id = "NULL";
    auto row = random_row(random);
    if (way < 60 || (way >= 78 && way < 96)) old_id = add_cell(row);
    if (way < 60) {
      const auto other = random_row(random);
      for (std::size_t at = 0; at < row.size(); ++at)
        if (random.percent(50)) row[at] = other[at];
    }
    if (way < 78) new_id = add_cell(row);
    changes +=
        fmt::format("{}({}, '{}', {}, {})", changes.empty() ? "" : ",", number, op, old_id, new_id);
  }
  return fmt::format(
      "{} INSERT INTO oracle.cell VALUES {}; INSERT INTO oracle.change VALUES {}; "
      "ANALYZE oracle.cell; ANALYZE oracle.change;",
      sql, cells, changes);
}

std::vector<Change> read_changes(PostgresConnection& connection) {
  std::vector<Change> changes;
  std::string both;
  for (const auto* row : {"old", "new"})
    for (const auto& column : columns()) both += fmt::format(", {}.{}", row, column.name);
  for (auto& row : connection.rows(
           fmt::format("{} SELECT op{} {} ORDER BY number", pinned_settings, both, from_changes))) {
    Change change;
    const auto& op = *row[0];
    change.operation = op == "INSERT"   ? cdc::Operation::insert
                       : op == "UPDATE" ? cdc::Operation::update
                       : op == "DELETE" ? cdc::Operation::remove
                                        : cdc::Operation::truncate;
    const auto middle = row.begin() + 1 + static_cast<std::ptrdiff_t>(columns().size());
    if (op == "UPDATE" || op == "DELETE") change.before.assign(row.begin() + 1, middle);
    if (op == "UPDATE" || op == "INSERT") change.after.assign(middle, row.end());
    changes.push_back(std::move(change));
  }
  return changes;
}

cdc::Relation read_relation(PostgresConnection& connection) {
  cdc::Relation relation{1, "oracle", "cell", cdc::ReplicaIdentity::full, {}, 1};
  for (const auto& row : connection.rows(
           "SELECT attname, atttypid, atttypmod FROM pg_attribute WHERE attrelid = "
           "'oracle.cell'::regclass AND attnum > 0 AND attname <> 'id' ORDER BY attnum"))
    relation.columns.push_back(
        {*row[0], static_cast<std::uint32_t>(std::stoul(*row[1])), std::stoi(*row[2]), true});
  return relation;
}

}  // namespace wakestream::test::oracle
