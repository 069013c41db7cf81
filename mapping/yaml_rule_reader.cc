#include "mapping/yaml_rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mapping/bulk_tag.h"
#include "mapping/pii_tag.h"
#include "mapping/required_fields.h"
#include "mapping/rule_shape.h"
#include "mapping/sql_token.h"
#include "mapping/yaml_literal.h"
#include "mapping/yaml_name.h"
#include "yaml/section.h"

namespace wakestream::mapping {

namespace {

// What is longer PostgreSQL cuts off.
constexpr std::size_t name_bytes_max = 63;

class RuleReader {
 public:
  RuleReader(const std::string& file, const YamlText& text)
      : text_(text), problems_(file, text.text(), yaml::References::left_alone) {
    rule_.file = file;
  }

  tl::expected<Rule, std::vector<Error>> read(const YAML::Node& node,
                                              const YamlDefaults& defaults) {
    if (!node.IsMap()) {
      note(text_.place(node.Mark()), "a rule is a mapping that begins with `event: family.change`");
      return tl::unexpected(std::move(errors_));
    }
    yaml::YamlSection section(node, "", problems_);
    read_name(section);
    read_table(section, defaults);
    read_join(section);
    read_shape(section);
    read_bulk(section);
    if (const auto description = section.text("description", ""); !description.empty())
      rule_.description = trimmed(description);
    if (looks_like_bulk(rule_.description))
      note(text_.place(section.mark("description")),
           "a description that begins with bulk: would be taken for a condition: write bulk: "
           "beside it");
    auto key = section.node("key");
    auto fields = section.node("fields");
    section.finish();
    drain();
    if (!key.IsDefined()) key = defaults.key;
    if (key.IsDefined()) read_field(key, "account_id");
    read_fields(defaults.fields);
    if (fields.IsDefined()) read_fields(fields);
    read_condition();
    if (errors_.empty())
      for (auto& message : missing_fields(rule_, RuleForm::yaml))
        note(rule_.place, std::move(message));
    if (!errors_.empty()) return tl::unexpected(std::move(errors_));
    return std::move(rule_);
  }

 private:
  void note(Place place, std::string message) {
    errors_.push_back({ErrorKind::invalid_rule,
                       std::move(message),
                       rule_.file,
                       place.line,
                       place.column,
                       rule_.type,
                       {},
                       {}});
  }
  void note(const YAML::Node& node, std::string message) {
    note(text_.place(node.Mark()), std::move(message));
  }

  void check_name(Place place, std::string_view name) {
    if (name.size() > name_bytes_max)
      note(place, fmt::format("a name has at most {} bytes in PostgreSQL, this one has {}",
                              name_bytes_max, name.size()));
  }

  // What the section's reader found joins the rule's errors.
  void drain() {
    for (auto& problem : problems_.take())
      note(Place{problem.line, problem.column}, std::move(problem.message));
  }

  void read_name(yaml::YamlSection& section) {
    rule_.type = section.text("event");
    rule_.place = text_.place(section.mark("event"));
    drain();
    const auto dot = rule_.type.find('.');
    if (!rule_.type.empty() && (dot == std::string::npos || dot == 0 ||
                                dot + 1 == rule_.type.size() || dot != rule_.type.rfind('.')))
      note(rule_.place, "an event type has two parts: event: customer.email_changed");
    for (const auto& part : name_parts(rule_.type)) check_name(rule_.place, part);
  }

  void read_table(yaml::YamlSection& section, const YamlDefaults& defaults) {
    auto table = section.node("table");
    if (!table.IsDefined()) table = defaults.table;
    if (!table.IsDefined())
      return note(rule_.place, "table is missing: a rule names the table whose changes it sees");
    rule_.table_place = text_.place(table.Mark());
    const auto parts = name_parts(table.IsScalar() ? table.Scalar() : std::string());
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
      return note(rule_.table_place, "name the table with its schema, table: public.account");
    for (const auto& part : parts) check_name(rule_.table_place, part);
    rule_.table_schema = parts[0];
    rule_.table_name = parts[1];
  }

  void read_join(yaml::YamlSection& section) {
    const auto join = section.node("join");
    if (!join.IsDefined()) return;
    rule_.context_place = text_.place(join.Mark());
    rule_.joins_context = join.IsScalar() && join.Scalar() == "context";
    if (!rule_.joins_context)
      note(rule_.context_place,
           "what can be joined is the account's context: join: context, or leave it out");
  }

  // One text or a list of them.
  std::vector<PlacedText> texts(const YAML::Node& node, std::string_view key) {
    std::vector<PlacedText> list;
    const auto take = [&](const YAML::Node& item) {
      if (item.IsScalar() && !item.Scalar().empty()) {
        list.push_back({item.Scalar(), {text_.place(item.Mark())}});
      } else {
        note(item, fmt::format("{} must be a text or a list of texts", key));
      }
    };
    if (!node.IsDefined()) return list;
    if (node.IsSequence() && node.size() > 0) {
      for (const auto& item : node) take(item);
    } else {
      take(node);
    }
    return list;
  }

  void read_shape(yaml::YamlSection& section) {
    const auto operations = section.node("op");
    shape_.watched = texts(section.node("watch"), "watch");
    for (const auto& column : shape_.watched) check_name(column.first(), column.text);
    shape_.operations_place = operations.IsDefined() ? text_.place(operations.Mark()) : rule_.place;
    for (const auto& word : texts(operations, "op")) {
      auto upper = word.text;
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
      const bool known = upper == "INSERT" || upper == "UPDATE" || upper == "DELETE" ||
                         upper == "TRUNCATE" || upper == "SNAPSHOT";
      if (!known || word.text == upper) {
        note(word.first(),
             fmt::format("op is insert, update, delete, truncate or snapshot, not {}", word.text));
      } else if (std::find(shape_.operations.begin(), shape_.operations.end(), upper) !=
                 shape_.operations.end()) {
        note(word.first(), fmt::format("op names {} twice", word.text));
      } else {
        shape_.operations.push_back(upper);
      }
    }
    if (!shape_.watched.empty() && !operations.IsDefined()) shape_.operations = {"UPDATE"};
    if (!shape_.watched.empty() && std::find(shape_.operations.begin(), shape_.operations.end(),
                                             "UPDATE") == shape_.operations.end())
      note(shape_.watched[0].first(),
           "watch is about updates: add update to op, or leave watch out");
    shape_.when = condition_text(section, "when");
  }

  // Empty: there is none, or it has its error.
  PlacedText condition_text(yaml::YamlSection& section, const char* key) {
    const auto node = section.node(key);
    if (!node.IsDefined()) return {};
    if (node.IsScalar() && !node.Scalar().empty()) return text_.scalar(node);
    note(node, fmt::format("{} must be a text: a condition in SQL", key));
    return {};
  }

  void read_bulk(yaml::YamlSection& section) {
    const auto written = condition_text(section, "bulk");
    if (written.text.empty()) return;
    const auto draft = SqlDraft().add(written);
    auto bulk = draft.read(rule_.file, rule_.type);
    if (!bulk) return errors_.push_back(std::move(bulk.error()));
    rule_.bulk = std::move(*bulk);
    rule_.bulk_sql = draft.line();
  }

  void read_condition() {
    if (!shape_.when.text.empty()) {
      // By itself first: what it is put into must not make sense of it.
      const auto alone = SqlDraft().add(shape_.when).read(rule_.file, rule_.type);
      if (!alone) return errors_.push_back(alone.error());
    }
    if (!errors_.empty() || !has_condition(shape_)) return;
    const auto draft = condition_draft(shape_);
    auto condition = draft.read(rule_.file, rule_.type);
    if (!condition) return errors_.push_back(std::move(condition.error()));
    rule_.condition = std::move(*condition);
    rule_.condition_sql = draft.line();
  }

  void read_fields(const YAML::Node& fields) {
    if (!fields.IsDefined()) return;
    if (!fields.IsSequence())
      return note(fields, "fields must be a list: a column each, or {column: ..., as: ...}");
    for (const auto& item : fields) read_field(item, {});
  }

  // `fixed_name`: of the key, which has no name of its own.
  void read_field(const YAML::Node& item, std::string fixed_name) {
    const bool is_key = !fixed_name.empty();
    Field field;
    field.name = std::move(fixed_name);
    field.place = text_.place(item.Mark());
    std::optional<SqlDraft> draft;
    if (item.IsScalar()) {
      draft = draft_of_column(item, field);
    } else if (item.IsMap()) {
      yaml::YamlSection section(item, is_key ? "key" : "fields", problems_);
      draft = draft_of_mapping(section, item, field);
      if (!is_key) field.name = section.text("as", field.name);
      read_remarks(section, field);
      section.finish();
      drain();
    } else {
      note(item, is_key ? "key must be a column, or {value: an SQL expression}"
                        : "a field is a column, or {column: ..., as: ...}");
    }
    if (draft) add_field(std::move(field), *draft);
  }

  std::optional<SqlDraft> draft_of_column(const YAML::Node& column, Field& field) {
    if (!column.IsScalar() || column.Scalar().empty()) {
      note(column, "a column is a name");
      return std::nullopt;
    }
    const auto& name = column.Scalar();
    const auto bare = name_behind_side(name);
    check_name(text_.place(column.Mark()), bare);
    if (field.name.empty()) field.name = bare;
    return SqlDraft().add(column_sql(name, shape_.operations), text_.place(column.Mark()));
  }

  std::optional<SqlDraft> draft_of_mapping(yaml::YamlSection& section, const YAML::Node& item,
                                           Field& field) {
    const auto column = section.node("column");
    const auto value = section.node("value");
    const auto literal = section.node("literal");
    if (int{column.IsDefined()} + int{value.IsDefined()} + int{literal.IsDefined()} != 1) {
      note(item, "a field has exactly one of column, value (an SQL expression) and literal");
      return std::nullopt;
    }
    if (column.IsDefined()) return draft_of_column(column, field);
    if (value.IsDefined() && value.IsScalar() && !value.Scalar().empty())
      return SqlDraft().add(text_.scalar(value));
    if (value.IsDefined()) {
      note(value, "value must be a text: an SQL expression");
      return std::nullopt;
    }
    const auto sql = literal_sql(literal);
    if (!sql) {
      note(literal, "literal must be a text, a number, true, false or null");
      return std::nullopt;
    }
    return SqlDraft().add(*sql, text_.place(literal.Mark()));
  }

  void read_remarks(yaml::YamlSection& section, Field& field) {
    if (const auto description = section.text("description", ""); !description.empty())
      field.description = trimmed(description);
    if (looks_like_pii(field.description))
      note(text_.place(section.mark("description")),
           "a description that begins with pii would be taken for a tag: write pii: beside it");
    for (const auto& tag : texts(section.node("pii"), "pii")) {
      const auto tags = read_pii_tags(tag.text);
      if (tags.empty())
        note(tag.first(),
             "a PII tag is written pii: user.contact.email: lower-case words joined by dots");
      field.pii_tags.insert(field.pii_tags.end(), tags.begin(), tags.end());
    }
  }

  void add_field(Field field, const SqlDraft& draft) {
    auto value = draft.read(rule_.file, rule_.type);
    if (!value) return errors_.push_back(std::move(value.error()));
    if (field.name.empty() && (value->kind == Expression::Kind::column ||
                               value->kind == Expression::Kind::context_column))
      field.name = value->text;
    if (field.name.empty()) return note(field.place, "this field has no name: add as and a name");
    check_name(field.place, field.name);
    for (const auto& earlier : rule_.fields)
      if (earlier.name == field.name)
        return note(field.place, fmt::format("field {0} stands twice: give one of them another "
                                             "name, {{column: old.{0}, as: previous_{0}}}",
                                             field.name));
    field.value = std::move(*value);
    field.sql = draft.line();
    rule_.fields.push_back(std::move(field));
  }

  const YamlText& text_;
  yaml::Problems problems_;
  Rule rule_;
  ConditionShape shape_;
  std::vector<Error> errors_;
};

}  // namespace

tl::expected<Rule, std::vector<Error>> read_yaml_rule(const std::string& file, const YamlText& text,
                                                      const YAML::Node& node,
                                                      const YamlDefaults& defaults) {
  return RuleReader(file, text).read(node, defaults);
}

}  // namespace wakestream::mapping
