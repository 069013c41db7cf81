#include "mapping/sql_view.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "mapping/required_fields.h"
#include "mapping/sql_expression.h"
#include "mapping/sql_parts.h"

namespace wakestream::mapping {

namespace {

// Parts of a SELECT that the language does not have, and what to say.
constexpr std::array<std::pair<const char*, std::string_view>, 11> refused_parts{{
    {"distinctClause", "DISTINCT: a rule sees one row change at a time"},
    {"intoClause", "SELECT INTO: a rule makes an event, not a table"},
    {"groupClause", "GROUP BY: a rule sees one row change at a time"},
    {"havingClause", "HAVING: a rule sees one row change at a time, its condition is WHERE"},
    {"windowClause", "WINDOW: a rule sees one row change at a time"},
    {"valuesLists", "VALUES: a rule is SELECT ... FROM a table"},
    {"sortClause", "ORDER BY: events come in commit order"},
    {"limitOffset", "OFFSET: a rule sees one row change at a time"},
    {"limitCount", "LIMIT: a rule sees one row change at a time"},
    {"lockingClause", "FOR UPDATE: a rule locks nothing"},
    {"withClause", "WITH: a rule is one SELECT from one table"},
}};

class ViewReader {
 public:
  explicit ViewReader(SqlErrors errors) : errors_(std::move(errors)) {}

  tl::expected<Rule, std::vector<Error>> read(const SqlNode& view) {
    read_name(view);
    const auto query = typed_child(view, "query");
    if (!query.is("SelectStmt")) {
      note(ErrorKind::unsupported, rule_.place,
           "a rule is CREATE VIEW ... AS SELECT ... FROM a table");
    } else {
      read_select(*query.node);
    }
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    return std::move(rule_);
  }

 private:
  void note(ErrorKind kind, Place place, std::string message) {
    problems_.push_back(errors_.error(kind, place, std::move(message)));
  }

  void read_name(const SqlNode& view) {
    const auto* name = child(view, "view");
    if (name == nullptr)
      return note(ErrorKind::unsupported, errors_.place(0), "the view has no name");
    rule_.place = errors_.place_of(*name);
    rule_.file = errors_.file();
    const auto schema = text_child(*name, "schemaname");
    const auto view_name = text_child(*name, "relname");
    rule_.type = schema.empty() ? std::string(view_name) : fmt::format("{}.{}", schema, view_name);
    errors_.set_rule(rule_.type);
    if (schema.empty())
      note(ErrorKind::invalid_rule, rule_.place,
           fmt::format("the view's name is the event type: give it its family, customer.{}",
                       view_name));
    if (child(*name, "catalogname") != nullptr || schema.find('.') != std::string_view::npos ||
        view_name.find('.') != std::string_view::npos)
      note(ErrorKind::invalid_rule, rule_.place,
           "an event type has two parts: CREATE VIEW customer.email_changed");
    if (text_child(*name, "relpersistence") != "p")
      note(ErrorKind::unsupported, rule_.place,
           "TEMPORARY is not part of the rule language: write CREATE VIEW");
    if (child(view, "replace") != nullptr)
      note(ErrorKind::unsupported, rule_.place,
           "OR REPLACE is not part of the rule language: each rule stands once, write CREATE VIEW");
    if (child(view, "aliases") != nullptr)
      note(ErrorKind::unsupported, rule_.place,
           "a list of column names behind the view's name is not part of the rule language: name "
           "each field with AS");
    if (child(view, "options") != nullptr ||
        text_child(view, "withCheckOption") != "NO_CHECK_OPTION")
      note(ErrorKind::unsupported, rule_.place,
           "WITH options are not part of the rule language: leave them out");
  }

  void read_select(const SqlNode& select) {
    bool plain = true;
    for (const auto& [name, message] : refused_parts) {
      if (child(select, name) == nullptr) continue;
      note(ErrorKind::unsupported, rule_.place,
           fmt::format("not part of the rule language: {}", message));
      plain = false;
    }
    if (text_child(select, "op") != "SETOP_NONE") {
      note(ErrorKind::unsupported, rule_.place,
           "UNION, INTERSECT and EXCEPT are not part of the rule language: write two rules, or one "
           "condition with OR");
      return;
    }
    if (!plain) return;
    read_from(select);
    const auto items = children(select, "targetList");
    for (const auto* item : items) read_field(*item);
    check_required();
    if (problems_.empty()) keep_texts(items);
    if (const auto* condition = child(select, "whereClause")) {
      if (auto expression = read_expression(errors_, *condition)) {
        rule_.condition = std::move(*expression);
      } else {
        problems_.push_back(std::move(expression.error()));
      }
    }
  }

  void read_from(const SqlNode& select) {
    const auto tables = children(select, "fromClause");
    if (tables.empty())
      return note(ErrorKind::invalid_rule, rule_.place,
                  "FROM is missing: a rule names the table whose changes it sees");
    auto [kind, table] = typed(*tables[0]);
    if (kind == "JoinExpr" && tables.size() == 1) {
      table = read_join(*table);
      if (table == nullptr) return;
    } else if (tables.size() > 1 || kind != "RangeVar") {
      return note(ErrorKind::unsupported, rule_.place,
                  "FROM takes one table: write one rule for each table");
    }
    rule_.table_place = errors_.place_of(*table);
    table_offset_ = errors_.offset_of(*table);
    rule_.table_schema = text_child(*table, "schemaname");
    rule_.table_name = text_child(*table, "relname");
    if (rule_.table_schema.empty())
      note(ErrorKind::invalid_rule, rule_.table_place,
           fmt::format("name the table with its schema: FROM public.{}", rule_.table_name));
    if (child(*table, "catalogname") != nullptr)
      note(ErrorKind::unsupported, rule_.table_place,
           "a table is schema.table: leave the database's name out");
    if (child(*table, "alias") != nullptr)
      note(ErrorKind::unsupported, rule_.table_place,
           "an alias is not part of the rule language: the row's names are old and new");
    if (child(*table, "inh") == nullptr)
      note(ErrorKind::unsupported, rule_.table_place,
           "ONLY is not part of the rule language: leave it out");
  }

  // FROM a table JOIN context USING (account_id): the table; null when it is another join, which
  // then has its error.
  const SqlNode* read_join(const SqlNode& join) {
    const auto left = typed_child(join, "larg");
    const auto right = typed_child(join, "rarg");
    const auto place = right.node != nullptr ? errors_.place_of(*right.node) : rule_.place;
    const bool of_context = right.node != nullptr && right.is("RangeVar") &&
                            text_child(*right.node, "relname") == "context" &&
                            child(*right.node, "schemaname") == nullptr;
    if (!of_context || !left.is("RangeVar")) {
      note(ErrorKind::unsupported, place,
           "a join reads the database late: a rule sees one row change and nothing else, but for "
           "its account's context, JOIN context USING (account_id)");
      return nullptr;
    }
    if (text_child(join, "jointype") != "JOIN_INNER") {
      note(ErrorKind::unsupported, place,
           "context is joined by JOIN alone: a row whose account is not known goes to quarantine");
      return nullptr;
    }
    const auto columns = name_list(join, "usingClause");
    if (columns.size() != 1 || columns[0] != "account_id" || child(join, "isNatural") != nullptr) {
      note(ErrorKind::unsupported, place,
           "context is joined on the event's account: write JOIN context USING (account_id)");
      return nullptr;
    }
    if (child(*right.node, "alias") != nullptr || child(join, "alias") != nullptr ||
        child(join, "join_using_alias") != nullptr)
      note(ErrorKind::unsupported, place,
           "an alias is not part of the rule language: the context's name is context");
    rule_.joins_context = true;
    rule_.context_place = place;
    return left.node;
  }

  void read_field(const SqlNode& wrapped) {
    const auto [kind, target] = typed(wrapped);
    const auto* value = target == nullptr ? nullptr : child(*target, "val");
    if (kind != "ResTarget" || value == nullptr)
      return note(ErrorKind::unsupported, rule_.place, "a field is an expression with a name");
    auto expression = read_expression(errors_, *value);
    if (!expression) return problems_.push_back(std::move(expression.error()));
    Field field;
    field.place = errors_.place_of(*target);
    field.name = text_child(*target, "name");
    if (field.name.empty() && (expression->kind == Expression::Kind::column ||
                               expression->kind == Expression::Kind::context_column))
      field.name = expression->text;
    if (field.name.empty() && expression->kind == Expression::Kind::operation) field.name = "op";
    if (field.name.empty())
      return note(ErrorKind::invalid_rule, field.place,
                  "this field has no name: add AS and a name");
    for (const auto& earlier : rule_.fields)
      if (earlier.name == field.name)
        return note(
            ErrorKind::invalid_rule, field.place,
            fmt::format(
                "field {0} stands twice: give one of them another name with AS, previous_{0}",
                field.name));
    field.value = std::move(*expression);
    rule_.fields.push_back(std::move(field));
  }

  // What fields and condition were written as.
  void keep_texts(const std::vector<const SqlNode*>& items) {
    const SqlParts parts(errors_.statement_text());
    rule_.condition_sql = parts.condition(table_offset_);
    for (std::size_t index = 0; index < items.size(); ++index) {
      const auto* target = typed(*items[index]).node;
      const auto end = index + 1 < items.size() ? errors_.offset_of(*typed(*items[index + 1]).node)
                                                : table_offset_;
      const bool named = child(*target, "name") != nullptr;
      rule_.fields[index].sql = parts.item(errors_.offset_of(*target), end, named);
    }
  }

  // A field that is there but wrong has its own error already.
  void check_required() {
    if (!problems_.empty()) return;
    for (auto& message : missing_fields(rule_, RuleForm::sql))
      note(ErrorKind::invalid_rule, rule_.place, std::move(message));
  }

  SqlErrors errors_;
  Rule rule_;
  std::size_t table_offset_ = 0;  // in the statement
  std::vector<Error> problems_;
};

}  // namespace

tl::expected<Rule, std::vector<Error>> read_view(SqlErrors errors, const SqlNode& view) {
  return ViewReader(std::move(errors)).read(view);
}

}  // namespace wakestream::mapping
