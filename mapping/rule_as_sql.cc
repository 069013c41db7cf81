#include "mapping/rule_as_sql.h"

#include <fmt/format.h>

#include "mapping/bulk_tag.h"
#include "mapping/sql_name.h"

namespace wakestream::mapping {

namespace {

constexpr std::size_t line_bytes_max = 110;
constexpr std::string_view indent = "       ";  // as wide as "SELECT "

std::string item_of(const Field& field) {
  const auto& value = field.value;
  const bool named_alike =
      (value.kind == Expression::Kind::column || value.kind == Expression::Kind::context_column) &&
      value.text == field.name && field.sql.ends_with(quoted_name(field.name));
  return named_alike ? field.sql : fmt::format("{} AS {}", field.sql, quoted_name(field.name));
}

// Items one behind the other, as many as a line takes.
std::string list_of(const Rule& rule) {
  std::string text;
  std::size_t line = indent.size();
  for (const auto& field : rule.fields) {
    const auto item = item_of(field);
    if (!text.empty()) {
      text += ',';
      const bool fits = line + item.size() + 2 <= line_bytes_max;
      text += fits ? std::string(" ") : fmt::format("\n{}", indent);
      line = fits ? line + 2 : indent.size();
    }
    text += item;
    line += item.size();
  }
  return text;
}

std::string comment_of(const Field& field) {
  std::string text;
  for (const auto& tag : field.pii_tags) text += (text.empty() ? "pii: " : ", ") + tag;
  if (!text.empty() && !field.description.empty()) text += '\n';
  return text + field.description;
}

std::string comment_of(const Rule& rule) {
  if (rule.bulk_sql.empty()) return rule.description;
  return fmt::format("{} {}{}{}", bulk_prefix, rule.bulk_sql,
                     rule.description.empty() ? "" : "\n\n", rule.description);
}

std::string name_of(const std::string& type) {
  const auto dot = type.find('.');
  return quoted_name(type.substr(0, dot), true) + '.' + quoted_name(type.substr(dot + 1));
}

}  // namespace

std::string rule_as_sql(const Rule& rule) {
  const auto name = name_of(rule.type);
  auto text = fmt::format("CREATE VIEW {} AS\nSELECT {}\nFROM   {}", name, list_of(rule),
                          quoted_table(rule.table_schema, rule.table_name));
  if (rule.joins_context) text += "\nJOIN   context USING (account_id)";
  if (!rule.condition_sql.empty()) text += fmt::format("\nWHERE  {}", rule.condition_sql);
  text += ";\n";
  if (const auto comment = comment_of(rule); !comment.empty())
    text += fmt::format("COMMENT ON VIEW {} IS {};\n", name, quoted_text(comment));
  for (const auto& field : rule.fields)
    if (const auto comment = comment_of(field); !comment.empty())
      text += fmt::format("COMMENT ON COLUMN {}.{} IS {};\n", name, quoted_name(field.name),
                          quoted_text(comment));
  return text;
}

}  // namespace wakestream::mapping
