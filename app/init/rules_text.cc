// First rules, to be read and changed by a person.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "app/check/sql_names.h"
#include "app/check/table_shape.h"
#include "app/init/column_meaning.h"
#include "app/init/outputs.h"
#include "mapping/mapper.h"
#include "mapping/rule_set.h"
#include "mapping/type.h"

namespace wakestream::init {

namespace {

using check::name_behind_dot;
using check::table_sql;
using check::text_sql;

constexpr std::size_t identifier_bytes_max = 63;  // PostgreSQL cuts what is longer
constexpr std::size_t part_length_max = 40;

// Whether a column changed, or empty where PostgreSQL's text form cannot tell.
std::string change_test(const cdc::ColumnFacts& column) {
  const auto& type = mapping::type_of_oid(column.type_oid);
  const auto name = name_behind_dot(column.name);
  if (type.equality != mapping::Equality::none)
    return fmt::format("old.{0} IS DISTINCT FROM new.{0}", name);
  if (type.casts_to_text) return fmt::format("old.{0}::text IS DISTINCT FROM new.{0}::text", name);
  return {};
}

// One CREATE VIEW, field by field.
class View {
 public:
  View(std::string type, const cdc::TableFacts& table) : type_(std::move(type)), table_(table) {}

  void field(const std::string& expression, const std::string& wanted, std::string_view pii = {}) {
    auto name = wanted;
    if (names_.contains(name)) name = "row_" + wanted;
    for (int number = 2; name.size() > identifier_bytes_max || !names_.insert(name).second;
         ++number)
      name = fmt::format("field_{}", number);
    const auto quoted = name_behind_dot(name);
    const bool own_name = expression == "new." + quoted || expression == "old." + quoted;
    fields_ += fmt::format("{}{}{}", fields_.empty() ? "" : ",\n       ", expression,
                           own_name ? "" : " AS " + quoted);
    if (!pii.empty())
      tags_ += fmt::format("COMMENT ON COLUMN {}.{} IS {};\n", type_, quoted,
                           text_sql(fmt::format("pii: {}", pii)));
  }

  std::string text(const std::string& condition) const {
    return fmt::format("CREATE VIEW {} AS\nSELECT {}\nFROM   {}\nWHERE  {};\n{}", type_, fields_,
                       table_sql(table_.name), condition, tags_);
  }

 private:
  std::string type_;
  const cdc::TableFacts& table_;
  std::string fields_;
  std::string tags_;
  std::set<std::string> names_;
};

class Writer {
 public:
  Writer(const Proposal& proposal, const Naming& naming) : proposal_(proposal), naming_(naming) {}

  RulesText write() {
    head();
    const auto& account = *proposal_.account;
    created(account);
    for (const auto& [change, columns] : changes(account)) changed(account, change, columns);
    deleted(account);
    for (const auto& attached : proposal_.attached) of_attached(attached);
    return std::move(result_);
  }

 private:
  void head() {
    result_.text = fmt::format(
        "-- First rules for the changes of {}, proposed by wakestream init: by names, types, "
        "foreign "
        "keys and ANALYZE's counts.\n"
        "-- Read them, change them, take away what nobody needs; docs/rules.md explains the "
        "language.\n"
        "-- `wakestream preview` shows what they emit. Personal data is tagged by COMMENT ON "
        "COLUMN.\n--\n",
        check::shown(proposal_.account->name));
    const auto line = [&](std::string_view what, const std::optional<std::string>& column,
                          const std::string& otherwise) {
      result_.text +=
          fmt::format("--   {:<13} {}\n", what, column ? described(*column) : otherwise);
    };
    line("account_id", proposal_.key, "");
    line("version", proposal_.version, "none: NULL");
    line("banner", proposal_.banner,
         fmt::format("no column: the literal {}", text_sql(naming_.banner_literal)));
    line("jurisdiction", proposal_.jurisdiction,
         fmt::format("no column: the literal {}", text_sql(naming_.jurisdiction_literal)));
    line("consent", proposal_.consent, "no column: NULL, unknown, and so withheld by policy");
    if (proposal_.parent) line("parent", proposal_.parent, "");
    std::string left_out;
    for (const auto& column : proposal_.account->columns)
      if (column.generated == 0 && !is_sent(column))
        left_out +=
            fmt::format("{}{} ({})", left_out.empty() ? "" : ", ", column.name, column.type);
    if (!left_out.empty()) line("left out", {}, left_out);
  }

  std::string described(const std::string& name) const {
    const auto* column = proposal_.account->find_column(name);
    auto text = fmt::format("{} ({})", name, column->type);
    if (column->has_statistics && column->distinct > 0)
      text += column->distinct == 1
                  ? ", one value in all rows"
                  : fmt::format(", about {:.0f} different values", column->distinct);
    if (column->has_statistics && column->null_share > 0)
      text += fmt::format(", {:.0f} % NULL", column->null_share * 100);
    return text;
  }

  // The five fields that every event has. Of another table than the account's only what is there.
  void add_head(View& view, const std::string& owner) const {
    const auto from = [&](const std::optional<std::string>& column, const std::string& otherwise) {
      return column ? owner + "." + name_behind_dot(*column) : otherwise;
    };
    view.field(owner + "." + name_behind_dot(proposal_.key), "account_id");
    view.field(from(proposal_.version, "NULL"), "version");
    view.field(from(proposal_.banner, text_sql(naming_.banner_literal)), "banner");
    view.field(from(proposal_.jurisdiction, text_sql(naming_.jurisdiction_literal)),
               "jurisdiction");
    view.field(from(proposal_.consent, "NULL"), "consent");
    if (proposal_.parent)
      view.field(owner + "." + name_behind_dot(*proposal_.parent), *proposal_.parent);
  }

  bool in_head(const std::string& column) const {
    return column == proposal_.key || column == proposal_.version || column == proposal_.banner ||
           column == proposal_.jurisdiction || column == proposal_.consent ||
           column == proposal_.parent;
  }

  // Pictures and documents are large, and no event: whoever wants one names it.
  static bool is_sent(const cdc::ColumnFacts& column) {
    constexpr std::uint32_t bytea_oid = 17;
    return column.generated == 0 && column.type_oid != bytea_oid &&
           meaning_of(column) != Meaning::secret;
  }

  void created(const cdc::TableFacts& table) {
    View view(type_of("created"), table);
    add_head(view, "new");
    for (const auto& column : table.columns)
      if (is_sent(column) && !in_head(column.name))
        view.field("new." + name_behind_dot(column.name), column.name, pii_tag(meaning_of(column)));
    add(table, view.text("op = 'INSERT'"));
  }

  // What changes together, in the order of the columns.
  static std::vector<std::pair<std::string, std::vector<const cdc::ColumnFacts*>>> changes(
      const cdc::TableFacts& table) {
    std::vector<std::pair<std::string, std::vector<const cdc::ColumnFacts*>>> groups;
    for (const auto& column : table.columns) {
      const bool of_key = std::find(table.primary_key.begin(), table.primary_key.end(),
                                    column.name) != table.primary_key.end();
      const auto change = change_of(meaning_of(column));
      if (change.empty() || of_key || !is_sent(column)) continue;
      const auto known = std::find_if(groups.begin(), groups.end(),
                                      [&](const auto& group) { return group.first == change; });
      if (known == groups.end())
        groups.push_back({std::string(change), {&column}});
      else
        known->second.push_back(&column);
    }
    return groups;
  }

  void changed(const cdc::TableFacts& table, const std::string& change,
               const std::vector<const cdc::ColumnFacts*>& columns) {
    View view(type_of(change + "_changed"), table);
    add_head(view, "new");
    std::string tests;
    for (const auto* column : columns) {
      const auto name = name_behind_dot(column->name);
      const auto tag = pii_tag(meaning_of(*column));
      view.field("old." + name, "previous_" + column->name, tag);
      if (!in_head(column->name)) view.field("new." + name, column->name, tag);
      if (const auto test = change_test(*column); !test.empty())
        tests += fmt::format("{}{}", tests.empty() ? "" : "\n        OR ", test);
    }
    if (!tests.empty()) add(table, view.text(fmt::format("op = 'UPDATE'\n  AND  ({})", tests)));
  }

  void deleted(const cdc::TableFacts& table) {
    View view(type_of("deleted"), table);
    add_head(view, "old");
    add(table, view.text("op = 'DELETE'"));
  }

  // A deleted row has no new image, so what the event needs is chosen by op.
  static std::string by_operation(const std::string& column) {
    const auto name = name_behind_dot(column);
    return fmt::format("CASE WHEN op = 'DELETE' THEN old.{0} ELSE new.{0} END", name);
  }

  // The column of an attached table that means it, else what stands for it.
  static std::string own_or(const cdc::TableFacts& table, Meaning meaning,
                            const std::string& otherwise, std::set<std::string>& used) {
    for (const auto& column : table.columns) {
      if (column.generated != 0 || meaning_of(column) != meaning) continue;
      used.insert(column.name);
      return by_operation(column.name);
    }
    return otherwise;
  }

  void of_attached(const AttachedTable& attached) {
    const auto& table = *attached.table;
    View view(type_of(plain_name(table.name.name, "table") + "_changed"), table);
    std::set<std::string> used{attached.account_column};
    view.field(by_operation(attached.account_column), "account_id");
    view.field("NULL", "version");
    view.field(own_or(table, Meaning::banner, text_sql(naming_.banner_literal), used), "banner");
    view.field(own_or(table, Meaning::jurisdiction, text_sql(naming_.jurisdiction_literal), used),
               "jurisdiction");
    view.field(own_or(table, Meaning::consent, "NULL", used), "consent");
    view.field("CASE op WHEN 'INSERT' THEN 'added' WHEN 'DELETE' THEN 'removed' ELSE 'changed' END",
               "change");
    std::string tests;
    for (const auto& column : table.columns) {
      const bool of_key = std::find(table.primary_key.begin(), table.primary_key.end(),
                                    column.name) != table.primary_key.end();
      if (!is_sent(column) || used.contains(column.name)) continue;
      view.field(of_key ? by_operation(column.name) : "new." + name_behind_dot(column.name),
                 column.name, pii_tag(meaning_of(column)));
      const auto test = change_test(column);
      if (!test.empty() && meaning_of(column) != Meaning::bookkeeping)
        tests += fmt::format("{}{}", tests.empty() ? "" : "\n        OR ", test);
    }
    result_.text +=
        fmt::format("\n-- {} hangs on the account by {}{}.\n", check::shown(table.name),
                    attached.account_column,
                    attached.by_foreign_key ? "" : ", by its name: look whether it does");
    std::string condition = "op IN ('INSERT', 'DELETE')";
    if (!tests.empty()) condition += fmt::format("\n   OR  (op = 'UPDATE' AND ({}))", tests);
    // A row without an account would go to quarantine.
    const auto* account = table.find_column(attached.account_column);
    if (account != nullptr && !account->not_null)
      condition = fmt::format("({})\n  AND  {} IS NOT NULL", condition,
                              by_operation(attached.account_column));
    add(table, view.text(condition));
  }

  // "customer.created"; a name that is taken gets a number.
  std::string type_of(const std::string& change) {
    auto name = change;
    for (int number = 2; !types_.insert(name).second; ++number)
      name = fmt::format("{}_{}", change, number);
    return naming_.family + "." + name_behind_dot(name);
  }

  // A rule that would not load, or not fit, is left out, with the reason.
  void add(const cdc::TableFacts& table, const std::string& text) {
    const std::vector<mapping::RuleSource> sources{{"rules.sql", text}};
    const auto rules = mapping::RuleSet::parse(sources);
    std::string problem;
    if (!rules) {
      problem = rules.error().front().message;
    } else {
      const auto shape = check::whole_shape(table);
      const auto errors = mapping::check_rules(*rules, {&shape, 1});
      if (!errors.empty()) problem = errors.front().message;
    }
    result_.text += '\n';
    if (problem.empty()) {
      result_.text += text;
      ++result_.rule_count;
      if (std::find(result_.tables.begin(), result_.tables.end(), &table) == result_.tables.end())
        result_.tables.push_back(&table);
      return;
    }
    ++result_.left_out;
    result_.text += fmt::format("-- Left out: {}\n", problem);
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      result_.text += fmt::format("-- {}\n", text.substr(at, end - at));
      at = end + 1;
    }
  }

  const Proposal& proposal_;
  const Naming& naming_;
  RulesText result_;
  std::set<std::string> types_;
};

}  // namespace

std::string plain_name(const std::string& name, const std::string& otherwise) {
  std::string plain;
  for (const char byte : name) {
    const bool upper = byte >= 'A' && byte <= 'Z';
    const bool kept = upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
    if (kept)
      plain += upper ? static_cast<char>(byte - 'A' + 'a') : byte;
    else if (!plain.empty() && plain.back() != '_')
      plain += '_';
  }
  plain = plain.substr(0, part_length_max);
  while (plain.ends_with('_')) plain.pop_back();
  return plain.empty() ? otherwise : plain;
}

RulesText rules_text(const Proposal& proposal, const Naming& naming) {
  return Writer(proposal, naming).write();
}

}  // namespace wakestream::init
