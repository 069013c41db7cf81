// The rules against the live tables. Each rule is bound several times, to the table as it is and as
// it would be with this or that mended: what a step adds to the problems names its cause.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/check/check.h"
#include "app/check/config_edit.h"
#include "app/check/publication_mend.h"
#include "app/check/sql_names.h"
#include "app/check/table_shape.h"
#include "mapping/mapper.h"
#include "mapping/nearest_name.h"
#include "mapping/rule.h"
#include "roles/capture/table_check.h"

namespace wakestream::check {

namespace {

using mapping::ErrorKind;
using mapping::Rule;
using mapping::TableShape;

cdc::TableName table_of(const Rule& rule) { return {rule.table_schema, rule.table_name}; }

std::string place_of(const mapping::Error& error) {
  return error.line == 0 ? error.file
                         : fmt::format("{}:{}:{}", error.file, error.line, error.column);
}

class TableCheck {
 public:
  TableCheck(const CheckFacts& facts, Findings& findings)
      : facts_(facts), catalog_(*facts.catalog), findings_(findings) {}

  void run() {
    for (const auto& rule : facts_.rules->rules()) check_kind(rule);
    check_columns();
    if (!catalog_.publication) return;
    check_published();
    check_published_columns();
    check_identity();
    check_operations();
    check_account_columns();
  }

 private:
  const FileFacts* rule_file(const std::string& path) const {
    const auto found = facts_.rule_files.find(path);
    return found == facts_.rule_files.end() ? nullptr : &found->second;
  }

  std::vector<Mend> edit_or_advice(std::optional<Mend> edit, std::string otherwise) const {
    if (edit) return {std::move(*edit)};
    return {advice(std::move(otherwise))};
  }

  // Each rule has at most one cause here; later steps leave it out.
  bool fails(const Rule& rule) const { return failed_.contains(rule.type); }
  void fail(const Rule& rule) { failed_.insert(rule.type); }

  std::optional<Mend> rename_table(const Rule& rule, const cdc::TableName& to) const {
    const auto* file = rule_file(rule.file);
    if (file == nullptr) return std::nullopt;
    const auto written = table_sql(table_of(rule));
    for (const auto& old_text :
         {written, shown(table_of(rule)),
          fmt::format("\"{}\".\"{}\"", rule.table_schema, rule.table_name)}) {
      if (auto edit = replace_at(*file, rule.table_place.line, rule.table_place.column, old_text,
                                 table_sql(to)))
        return edit;
    }
    return std::nullopt;
  }

  void check_kind(const Rule& rule) {
    const auto name = table_of(rule);
    const auto where =
        fmt::format("{}:{}:{}", rule.file, rule.table_place.line, rule.table_place.column);
    const auto* table = catalog_.find_table(name);
    if (table == nullptr) {
      fail(rule);
      return missing_table(rule, where);
    }
    if (!table->is_table()) {
      fail(rule);
      findings_.add(
          "not_a_table", where,
          fmt::format("rule {} reads {}, which is a {}: only tables have row changes", rule.type,
                      shown(name), table->kind == 'f' ? "foreign table" : "view"),
          {advice("let the rule read the table behind it")});
      return;
    }
    if (table->unlogged && judged_.insert("unlogged " + shown(name)).second)
      findings_.add(
          "table_unlogged", fmt::format("table {}", shown(name)),
          fmt::format("table {} is unlogged: its changes are not in the WAL", shown(name)),
          {sql(fmt::format("ALTER TABLE {} SET LOGGED;", table_sql(name)))});
    const bool as_root = catalog_.publication && catalog_.publication->via_partition_root;
    if (table->partition_root && as_root) {
      fail(rule);
      findings_.add(
          "rule_names_partition", where,
          fmt::format("rule {} reads the partition {}, and the publication sends its changes as {}",
                      rule.type, shown(name), shown(*table->partition_root)),
          edit_or_advice(rename_table(rule, *table->partition_root),
                         fmt::format("let the rule read {}", table_sql(*table->partition_root))));
    }
  }

  void missing_table(const Rule& rule, const std::string& where) {
    std::vector<std::string> names;
    names.reserve(catalog_.every_table.size());
    for (const auto& known : catalog_.every_table) names.push_back(shown(known));
    const std::vector<std::string_view> views(names.begin(), names.end());
    const auto wanted = shown(table_of(rule));
    const auto nearest = mapping::nearest_name(wanted, views);
    std::optional<Mend> edit;
    for (const auto& known : catalog_.every_table)
      if (!nearest.empty() && shown(known) == nearest) edit = rename_table(rule, known);
    findings_.add("table_missing", where,
                  fmt::format("rule {} reads {}, and there is no such table{}", rule.type, wanted,
                              nearest.empty() ? "" : fmt::format("; is it {}?", nearest)),
                  edit_or_advice(std::move(edit), "create the table, or mend the rule"));
  }

  // The problems of rules that have none so far, bound to these shapes.
  std::vector<mapping::Error> problems_with(const std::vector<TableShape>& shapes) const {
    std::vector<mapping::Error> problems;
    for (auto& error : mapping::check_rules(*facts_.rules, shapes))
      if (error.kind != ErrorKind::unknown_table && !failed_.contains(error.rule))
        problems.push_back(std::move(error));
    return problems;
  }

  const Rule* find_rule(const std::string& type) const {
    for (const auto& rule : facts_.rules->rules())
      if (rule.type == type) return &rule;
    return nullptr;
  }

  void check_columns() {
    std::vector<TableShape> shapes;
    for (const auto& table : catalog_.tables)
      if (table.is_table()) shapes.push_back(whole_shape(table));
    for (const auto& error : problems_with(shapes)) {
      const auto* rule = find_rule(error.rule);
      if (rule == nullptr) continue;
      const bool unknown = error.kind == ErrorKind::unknown_column;
      auto mends = unknown ? mend_column(*rule, error)
                           : std::vector<Mend>{advice("mend the rule, or the column's type")};
      findings_.add(unknown ? "column_missing" : "rule_does_not_fit", place_of(error),
                    fmt::format("rule {}: {}", error.rule, error.message), std::move(mends));
      to_fail_.insert(error.rule);
    }
    failed_.merge(to_fail_);
  }

  std::vector<Mend> mend_column(const Rule& rule, const mapping::Error& error) const {
    const auto* table = catalog_.find_table(table_of(rule));
    const auto* file = rule_file(rule.file);
    std::vector<std::string_view> names;
    names.reserve(table->columns.size());
    for (const auto& column : table->columns) names.push_back(column.name);
    const std::string nearest(mapping::nearest_name(error.table_column, names));
    std::optional<Mend> edit;
    if (file != nullptr && !nearest.empty()) {
      for (const char* owner : {"new.", "old.", ""}) {
        edit = replace_at(*file, error.line, error.column, owner + name_sql(error.table_column),
                          owner + name_sql(nearest));
        if (edit) break;
      }
    }
    return edit_or_advice(std::move(edit), "name a column that the table has");
  }

  const cdc::PublishedTable* published(const cdc::TableName& name) const {
    for (const auto& table : catalog_.publication->tables)
      if (table.schema == name.schema && table.name == name.name) return &table;
    return nullptr;
  }

  void check_published() {
    const auto& publication = *catalog_.publication;
    const auto name = name_sql(publication.name);
    for (const auto& rule : facts_.rules->rules()) {
      const auto table = table_of(rule);
      const auto* facts = catalog_.find_table(table);
      if (facts == nullptr || !facts->is_table() || published(table) != nullptr || fails(rule))
        continue;
      fail(rule);
      if (!judged_.insert("published " + shown(table)).second) continue;
      if (facts->kind == 'p' && !publication.via_partition_root && holds(table)) {
        findings_.add("publication_partitions", fmt::format("publication {}", publication.name),
                      fmt::format("{} is partitioned, and the publication sends its changes under "
                                  "the names of its partitions",
                                  shown(table)),
                      {sql(fmt::format("ALTER PUBLICATION {} SET (publish_via_partition_root = "
                                       "true);",
                                       name))});
        continue;
      }
      findings_.add(
          "publication_lacks_table", fmt::format("publication {}", publication.name),
          fmt::format("table {} is not in publication {}, and rule {} reads it", shown(table),
                      publication.name, rule.type),
          {sql(fmt::format("ALTER PUBLICATION {} ADD TABLE {};", name, table_sql(table)))});
    }
  }

  bool holds(const cdc::TableName& table) const {
    const auto& publication = *catalog_.publication;
    return publication.all_tables ||
           std::any_of(publication.entries.begin(), publication.entries.end(),
                       [&](const auto& entry) { return entry.table == table; });
  }

  std::vector<TableShape> published_shapes(bool with_identity, bool with_operations) const {
    std::vector<TableShape> shapes;
    for (const auto& table : catalog_.publication->tables) {
      auto shape = capture::shape_of(table, catalog_.publication->name);
      if (!with_identity) {
        shape.relation.replica_identity = cdc::ReplicaIdentity::full;
        shape.parts.clear();
      }
      if (!with_operations) shape.published = {true, true, true, true};
      shapes.push_back(std::move(shape));
    }
    return shapes;
  }

  // The first problem of each table speaks for all of its kind there; all its rules fail.
  template <class Judge>
  void each_table(const std::vector<mapping::Error>& problems, Judge judge) {
    std::map<cdc::TableName, std::pair<const mapping::Error*, std::string>> by_table;
    for (const auto& error : problems) {
      const auto* rule = find_rule(error.rule);
      if (rule == nullptr) continue;
      auto& [first, rules] = by_table[table_of(*rule)];
      if (first == nullptr) first = &error;
      if (failed_.insert(error.rule).second)
        rules += fmt::format("{}{}", rules.empty() ? "" : ", ", error.rule);
    }
    for (const auto& [table, found] : by_table) judge(table, *found.first, found.second);
  }

  void check_published_columns() {
    const auto& publication = *catalog_.publication;
    each_table(problems_with(published_shapes(false, false)), [&](const cdc::TableName& table,
                                                                  const mapping::Error& error,
                                                                  const std::string& rules) {
      const auto* facts = catalog_.find_table(table);
      const auto* column = facts == nullptr ? nullptr : facts->find_column(error.table_column);
      if (column != nullptr && column->generated != 0) {
        findings_.add("generated_column", fmt::format("table {}", shown(table)),
                      fmt::format("column {} of {} is generated, and the publication does not send "
                                  "it (rule {})",
                                  column->name, shown(table), rules),
                      mend_generated(*column));
        return;
      }
      findings_.add("publication_columns", fmt::format("publication {}", publication.name),
                    fmt::format("the publication's column list leaves out {} of {}, which {} reads",
                                error.table_column, shown(table), rules),
                    {publish_whole(publication, table)});
    });
  }

  std::vector<Mend> mend_generated(const cdc::ColumnFacts& column) const {
    constexpr int first_with_generated = 18;
    if (catalog_.server.major() >= first_with_generated && column.generated == 's')
      return {sql(fmt::format("ALTER PUBLICATION {} SET (publish_generated_columns = stored);",
                              name_sql(catalog_.publication->name)))};
    return {advice("write the column's own expression in the rule")};
  }

  // Of a partitioned table each partition may be what is too small.
  void check_identity() {
    const auto problems = problems_with(published_shapes(true, false));
    each_table(problems, [&](const cdc::TableName& table, const mapping::Error& error,
                             const std::string& rules) {
      std::vector<Mend> mends;
      const auto owners = tables_named_by(problems, table);
      mends.reserve(owners.size());
      for (const auto& owner : owners)
        mends.push_back(
            sql(fmt::format("ALTER TABLE {} REPLICA IDENTITY FULL;", table_sql(owner))));
      const bool of_parts = owners.back() != table;
      if (of_parts)
        mends.push_back(
            advice("a partition that is made later has REPLICA IDENTITY DEFAULT: run "
                   "the same for it before its first row"));
      findings_.add(
          "replica_identity", fmt::format("table {}", shown(table)),
          fmt::format("rule {} needs more of {} than {} gives ({})", rules, shown(table),
                      of_parts ? fmt::format("the replica identity of {}", list_of(owners))
                               : "its replica identity",
                      error.message.substr(0, error.message.find(':'))),
          std::move(mends));
    });
  }

  // The table and its partitions, as far as there is a problem with them; the table first.
  std::vector<cdc::TableName> tables_named_by(const std::vector<mapping::Error>& problems,
                                              const cdc::TableName& table) const {
    std::vector<cdc::TableName> found;
    const auto add = [&](const cdc::TableName& name) {
      if (std::any_of(problems.begin(), problems.end(),
                      [&](const mapping::Error& one) { return one.table == shown(name); }))
        found.push_back(name);
    };
    add(table);
    for (const auto& part : published(table)->parts) add({part.schema, part.name});
    return found;
  }

  static std::string list_of(const std::vector<cdc::TableName>& tables) {
    constexpr std::size_t shown_max = 5;
    std::string list;
    for (std::size_t at = 0; at < std::min(tables.size(), shown_max); ++at)
      list += fmt::format("{}{}", list.empty() ? "" : ", ", shown(tables[at]));
    if (tables.size() > shown_max) list += fmt::format(" and {} more", tables.size() - shown_max);
    return list;
  }

  void check_operations() {
    std::string rules;
    std::string sentence;
    for (const auto& error : problems_with(published_shapes(true, true))) {
      rules += fmt::format("{}{}", rules.empty() ? "" : ", ", error.rule);
      if (sentence.empty()) sentence = error.message.substr(0, error.message.find(','));
      to_fail_.insert(error.rule);
    }
    failed_.merge(to_fail_);
    if (rules.empty()) return;
    findings_.add("publication_operations",
                  fmt::format("publication {}", catalog_.publication->name),
                  fmt::format("{}, and rules match that: {}", sentence, rules),
                  {sql(fmt::format("ALTER PUBLICATION {} SET (publish = 'insert, update, delete, "
                                   "truncate');",
                                   name_sql(catalog_.publication->name)))});
  }

  // A row without an account gives no event.
  void check_account_columns() {
    for (const auto& rule : facts_.rules->rules()) {
      if (fails(rule)) continue;
      const auto field = std::find_if(rule.fields.begin(), rule.fields.end(),
                                      [](const auto& one) { return one.name == "account_id"; });
      if (field == rule.fields.end() || field->value.kind != mapping::Expression::Kind::column)
        continue;
      const auto name = table_of(rule);
      const auto* table = catalog_.find_table(name);
      const auto* column = table == nullptr ? nullptr : table->find_column(field->value.text);
      if (column == nullptr || column->not_null ||
          !judged_.insert(shown(name) + " nullable " + column->name).second)
        continue;
      findings_.add("account_nullable", fmt::format("table {}", shown(name)),
                    fmt::format("column {} of {} may be NULL, and a row without an account is "
                                "quarantined",
                                column->name, shown(name)),
                    {sql(fmt::format("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL;",
                                     table_sql(name), name_sql(column->name)))});
    }
  }

  const CheckFacts& facts_;
  const cdc::Catalog& catalog_;
  Findings& findings_;
  std::set<std::string> failed_;   // rules with a finding
  std::set<std::string> to_fail_;  // those of the step that runs
  std::set<std::string> judged_;   // what was said once
};

}  // namespace

void check_tables(const CheckFacts& facts, Findings& findings) {
  if (facts.rules) TableCheck(facts, findings).run();
}

}  // namespace wakestream::check
