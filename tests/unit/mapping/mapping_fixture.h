// Rules, one table and its rows in a test's own words:
//
//   rules("CREATE VIEW ...");
//   table({{"id", oid::int8, key}, {"email", oid::text}}, full);
//   update({"1", "a"}, {"1", "b"});
//   EXPECT_EQ(events(), ...)
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "mapping/mapper.h"

namespace wakestream::mapping::test {

namespace oid {
inline constexpr std::uint32_t boolean = 16, int8 = 20, int2 = 21, int4 = 23, text = 25, json = 114,
                               float8 = 701, bpchar = 1042, varchar = 1043, date = 1082,
                               timestamptz = 1184, numeric = 1700, uuid = 2950, jsonb = 3802,
                               text_array = 1009, an_enum = 16400;
}  // namespace oid

// A cell: a text, NULL, or what PostgreSQL left out.
struct Cell {
  cdc::Value::Kind kind;
  std::string text;
  Cell(const char* value) : kind(cdc::Value::Kind::text), text(value) {}             // NOLINT
  Cell(std::string value) : kind(cdc::Value::Kind::text), text(std::move(value)) {}  // NOLINT
  explicit Cell(cdc::Value::Kind of) : kind(of) {}
};
inline const Cell null{cdc::Value::Kind::null};
inline const Cell not_sent{cdc::Value::Kind::not_sent};
using Row = std::vector<Cell>;

struct RecordedEvent {
  std::string type, account_id, table, payload, schema_version;
  std::uint16_t rule_index;
  bool bulk = false;
};
struct RecordedQuarantine {
  std::string rule, table, column, reason, row;
};

class Recorder : public EventSink {
 public:
  void on_event(const ChangeOrigin&, const Event& event) override {
    events.push_back({std::string(event.type), std::string(event.account_id),
                      std::string(event.table), std::string(event.payload),
                      std::string(event.schema_version), event.rule_index, event.bulk});
  }
  void on_quarantined(const ChangeOrigin&, const QuarantinedRow& row) override {
    quarantined.push_back({std::string(row.rule), std::string(row.table), std::string(row.column),
                           std::string(row.reason), std::string(row.row)});
  }
  std::vector<RecordedEvent> events;
  std::vector<RecordedQuarantine> quarantined;
};

// The fields that every event must have, as literals.
inline const std::string usual_literals =
    "'b' AS banner, 'EU' AS jurisdiction, NULL AS consent, 1 AS version";

class MappingTest : public testing::Test {
 protected:
  static std::vector<Error> errors_of(const std::string& sql) {
    const std::vector<RuleSource> sources{{"rules.sql", sql}};
    const auto set = RuleSet::parse(sources);
    return set ? std::vector<Error>{} : set.error();
  }

  // Expects exactly one.
  static std::string error_of(const std::string& sql) {
    const auto errors = errors_of(sql);
    if (errors.size() != 1) {
      std::string all = std::to_string(errors.size()) + " errors:";
      for (const auto& error : errors) all += "\n" + to_string(error);
      return all;
    }
    return to_string(errors[0]);
  }

  void rules(const std::string& sql) {
    const std::vector<RuleSource> sources{{"rules.sql", sql}};
    auto parsed = RuleSet::parse(sources);
    ASSERT_TRUE(parsed) << to_string(parsed.error()[0]);
    mapper.reset();
    set.emplace(std::move(*parsed));
    mapper.emplace(*set);
  }

  // One rule on t.account with one field of interest, x.
  void rule_for(const std::string& expression, const std::string& where = "") {
    rules("CREATE VIEW customer.changed AS SELECT '7' AS account_id, " + expression + " AS x, " +
          usual_literals + " FROM t.account" + (where.empty() ? "" : " WHERE " + where));
  }

  void table(std::vector<cdc::Column> columns,
             cdc::ReplicaIdentity identity = cdc::ReplicaIdentity::full) {
    relation.id = 1;
    relation.schema = "t";
    relation.name = "account";
    relation.replica_identity = identity;
    relation.columns = std::move(columns);
    if (identity == cdc::ReplicaIdentity::full)
      for (auto& column : relation.columns) column.part_of_key = true;
    ++relation.revision;
  }

  Result<void> insert(const Row& row) {
    return apply(cdc::Operation::insert, cdc::OldRow::absent, {}, row);
  }
  Result<void> update(const Row& old_row, const Row& new_row) {
    return apply(cdc::Operation::update, cdc::OldRow::full, old_row, new_row);
  }
  Result<void> update_without_old(const Row& new_row) {
    return apply(cdc::Operation::update, cdc::OldRow::absent, {}, new_row);
  }
  Result<void> remove(const Row& old_row) {
    return apply(cdc::Operation::remove, cdc::OldRow::full, old_row, {});
  }
  Result<void> truncate() { return apply(cdc::Operation::truncate, cdc::OldRow::absent, {}, {}); }

  Result<void> apply(cdc::Operation operation, cdc::OldRow old_row, const Row& before,
                     const Row& after) {
    const auto before_values = values_of(before);
    const auto after_values = values_of(after);
    cdc::RowChange change;
    change.operation = operation;
    change.relation = &relation;
    change.old_row = old_row;
    change.before = before_values;
    change.after = after_values;
    change.ordinal = ++origin.ordinal;
    return mapper->map(origin, change, recorder);
  }

  // The field x of the last event, as JSON.
  std::string last_x() const {
    if (recorder.events.empty()) return "no event";
    const auto& payload = recorder.events.back().payload;
    const auto start = payload.find("\"x\":") + 4;
    return payload.substr(start, payload.find(",\"banner\"") - start);
  }

  static std::vector<cdc::Value> values_of(const Row& row) {
    std::vector<cdc::Value> values;
    for (const auto& cell : row) values.push_back({cell.kind, cell.text});
    return values;
  }

  std::optional<RuleSet> set;
  std::optional<Mapper> mapper;
  cdc::Relation relation;
  ChangeOrigin origin{1, cdc::Lsn{0x100}, 0, 0};
  Recorder recorder;
};

}  // namespace wakestream::mapping::test
