#include "mapping/rule_as_yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <optional>

#include "mapping/rule_shape.h"
#include "mapping/sql_parts.h"
#include "mapping/yaml_literal.h"

namespace wakestream::mapping {

namespace {

using Kind = Expression::Kind;

// Are they the same expression, however written? Short words are used only where they are.
bool says(const SqlDraft& draft, const Expression& expression) {
  const auto read = draft.read({}, {});
  if (!read) return false;
  std::string left;
  std::string right;
  append_normalized(*read, left);
  append_normalized(expression, right);
  return left == right;
}

PlacedText placed(std::string text) { return {std::move(text), {{}}}; }

// op = 'UPDATE', op IN ('INSERT', 'DELETE'): the operations; else none.
std::vector<std::string> operations_of(const Expression& part) {
  std::vector<std::string> operations;
  const bool fits =
      (part.kind == Kind::compare && part.comparison == Comparison::equal) || part.kind == Kind::in;
  if (!fits || part.args[0].kind != Kind::operation) return operations;
  for (std::size_t index = 1; index < part.args.size(); ++index) {
    if (part.args[index].kind != Kind::text) return {};
    operations.push_back(part.args[index].text);
  }
  return operations;
}

// old.x IS DISTINCT FROM new.x, or several of them with OR: the columns; else none.
std::vector<PlacedText> watched_of(const Expression& part) {
  if (part.kind == Kind::logical_or) {
    std::vector<PlacedText> columns;
    for (const auto& arg : part.args) {
      auto column = watched_of(arg);
      if (column.size() != 1) return {};
      columns.push_back(std::move(column[0]));
    }
    return columns;
  }
  const bool fits = part.kind == Kind::compare && part.comparison == Comparison::distinct &&
                    part.args[0].kind == Kind::column && part.args[1].kind == Kind::column &&
                    part.args[0].of_old && !part.args[1].of_old &&
                    part.args[0].text == part.args[1].text;
  if (!fits) return {};
  return {placed(part.args[0].text)};
}

ConditionShape shape_of(const Rule& rule) {
  ConditionShape plain;
  plain.when = placed(rule.condition_sql);
  if (!rule.condition) return {};
  ConditionShape shape;
  auto parts = joined_by("AND", rule.condition_sql);
  const auto read_first = [&]() { return SqlDraft().add(placed(parts.front())).read({}, {}); };
  auto first = read_first();
  if (first) shape.operations = operations_of(*first);
  if (shape.operations.empty()) return plain;
  parts.erase(parts.begin());
  if (!parts.empty() && shape.operations == std::vector<std::string>{"UPDATE"}) {
    first = read_first();
    if (first) shape.watched = watched_of(*first);
    if (!shape.watched.empty()) parts.erase(parts.begin());
  }
  std::string when;
  for (const auto& part : parts) when += (when.empty() ? "" : " AND ") + part;
  if (!when.empty()) shape.when = placed(when);
  return says(condition_draft(shape), *rule.condition) ? shape : plain;
}

class Writer {
 public:
  std::string write(std::span<const Rule> rules) {
    out_.SetIndent(2);
    out_ << YAML::BeginMap << YAML::Key << "rules" << YAML::Value << YAML::BeginSeq;
    for (const auto& rule : rules) write_rule(rule);
    out_ << YAML::EndSeq << YAML::EndMap;
    return std::string(out_.c_str(), out_.size()) + "\n";
  }

 private:
  YAML::Emitter& text(const std::string& value) {
    if (needs_quotes(value)) out_ << YAML::DoubleQuoted;
    return out_ << value;
  }
  YAML::Emitter& key(const char* name) { return out_ << YAML::Key << name << YAML::Value; }

  template <class Texts>
  void list(const char* name, const Texts& texts) {
    if (texts.empty()) return;
    key(name);
    if (texts.size() == 1) {
      text(texts[0]);
      return;
    }
    out_ << YAML::Flow << YAML::BeginSeq;
    for (const auto& one : texts) text(one);
    out_ << YAML::EndSeq;
  }

  static std::string table_of(const Rule& rule) {
    const auto quoted = [](const std::string& name) {
      if (name.find_first_of(".\"") == std::string::npos) return name;
      std::string result = "\"";
      for (const char letter : name) result += letter == '"' ? "\"\"" : std::string(1, letter);
      return result + "\"";
    };
    return quoted(rule.table_schema) + "." + quoted(rule.table_name);
  }

  void write_rule(const Rule& rule) {
    const auto shape = shape_of(rule);
    operations_ = shape.operations;
    out_ << YAML::BeginMap;
    key("event");
    text(rule.type);
    if (!rule.description.empty()) {
      key("description");
      text(rule.description);
    }
    key("table");
    text(table_of(rule));
    if (rule.joins_context) {
      key("join");
      text("context");
    }
    std::vector<std::string> words;
    for (auto word : shape.operations) {
      for (auto& letter : word) letter = static_cast<char>(letter + ('a' - 'A'));
      words.push_back(std::move(word));
    }
    list("op", words);
    words.clear();
    for (const auto& column : shape.watched) words.push_back(column.text);
    list("watch", words);
    if (!shape.when.text.empty()) {
      key("when");
      text(shape.when.text);
    }
    if (!rule.bulk_sql.empty()) {
      key("bulk");
      text(rule.bulk_sql);
    }
    auto first = rule.fields.begin();
    if (first->name == "account_id") {
      key("key");
      write_field(*first++, true);
    }
    key("fields") << YAML::BeginSeq;
    for (; first != rule.fields.end(); ++first) write_field(*first, false);
    out_ << YAML::EndSeq << YAML::EndMap;
  }

  // The column by its short name, where that says the same.
  std::optional<std::string> column_of(const Field& field) const {
    const auto& value = field.value;
    if (value.kind == Kind::context_column) return "context." + value.text;
    // CASE WHEN op = 'DELETE' THEN old.x ELSE new.x END
    const auto* column =
        value.kind == Kind::case_when && value.args.size() == 3 ? &value.args[1] : &value;
    if (column->kind != Kind::column) return std::nullopt;
    std::vector<std::string> ways{column->text};
    if (column == &value) ways.push_back((value.of_old ? "old." : "new.") + value.text);
    for (const auto& way : ways)
      if (says(SqlDraft().add(column_sql(way, operations_), {}), value)) return way;
    return std::nullopt;
  }

  void write_field(const Field& field, bool is_key) {
    const auto column = column_of(field);
    const bool remarks = !field.pii_tags.empty() || !field.description.empty();
    const bool named_alike = is_key || (column && name_behind_side(*column) == field.name);
    if (column && named_alike && !remarks) {
      text(*column);
      return;
    }
    out_ << YAML::Flow << YAML::BeginMap;
    if (column) {
      key("column");
      text(*column);
    } else if (!write_literal(field.value)) {
      key("value");
      text(field.sql);
    }
    if (!named_alike) {
      key("as");
      text(field.name);
    }
    list("pii", field.pii_tags);
    if (!field.description.empty()) {
      key("description");
      text(field.description);
    }
    out_ << YAML::EndMap;
  }

  bool write_literal(const Expression& value) {
    const bool literal = value.kind == Kind::null || value.kind == Kind::text ||
                         value.kind == Kind::integer || value.kind == Kind::boolean;
    if (!literal) return false;
    key("literal");
    if (value.kind == Kind::null) out_ << YAML::Null;
    if (value.kind == Kind::boolean) out_ << value.truth;
    if (value.kind == Kind::integer) out_ << value.text;
    if (value.kind == Kind::text) text(value.text);
    return true;
  }

  YAML::Emitter out_;
  std::vector<std::string> operations_;
};

}  // namespace

std::string rules_as_yaml(std::span<const Rule> rules) { return Writer().write(rules); }

}  // namespace wakestream::mapping
