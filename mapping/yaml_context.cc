#include "mapping/yaml_context.h"

#include <fmt/format.h>

#include "mapping/context_rule.h"
#include "mapping/rule_shape.h"
#include "mapping/yaml_literal.h"
#include "mapping/yaml_name.h"

namespace wakestream::mapping {

namespace {

class ContextSectionReader {
 public:
  ContextSectionReader(yaml::YamlSection& section, const YamlText& text, yaml::Problems& problems)
      : section_(section), text_(text), problems_(problems) {
    source_.file = problems.file();
  }

  ContextSource read() {
    read_table();
    source_.account_id = value_of("account_id", true);
    for (std::size_t at = 0; at < context_columns.size(); ++at)
      source_.columns[at] =
          value_of(context_columns[at], static_cast<ContextColumn>(at) != ContextColumn::parent);
    return source_;
  }

 private:
  void read_table() {
    const auto name = section_.text("table");
    source_.table_place = text_.place(section_.mark("table"));
    if (name.empty()) return;
    const auto parts = name_parts(name);
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
      return problems_.add(section_.mark("table"),
                           "context.table names the table with its schema: graph.account");
    source_.table_schema = parts[0];
    source_.table_name = parts[1];
  }

  PlacedText value_of(std::string_view name, bool required) {
    const std::string key(name);
    const auto node = section_.node(key);
    if (!node.IsDefined()) {
      if (required)
        problems_.add(section_.mark(key),
                      fmt::format("context.{} is missing: name the column that has it, or give "
                                  "{{value: an SQL expression}} or {{literal: ...}}",
                                  key));
      return {"NULL", {text_.place(section_.mark("table"))}};
    }
    const Place place = text_.place(node.Mark());
    if (node.IsScalar() && !node.Scalar().empty())
      return {column_sql(node.Scalar(), {"INSERT"}), {place}};
    if (node.IsMap()) return value_of_mapping(key, node);
    problems_.add(node.Mark(), fmt::format("context.{} must be a column's name, {{value: an SQL "
                                           "expression}} or {{literal: ...}}",
                                           key));
    return {};
  }

  PlacedText value_of_mapping(const std::string& key, const YAML::Node& node) {
    yaml::YamlSection section(node, "context." + key, problems_);
    const auto value = section.node("value");
    const auto literal = section.node("literal");
    section.finish();
    if (value.IsDefined() == literal.IsDefined()) {
      problems_.add(node.Mark(), fmt::format("context.{} has one of value and literal", key));
    } else if (value.IsDefined()) {
      if (value.IsScalar() && !value.Scalar().empty()) return text_.scalar(value);
      problems_.add(value.Mark(),
                    fmt::format("context.{}.value must be a text: an SQL expression", key));
    } else {
      const auto sql = literal_sql(literal);
      if (sql) return {*sql, {text_.place(literal.Mark())}};
      problems_.add(literal.Mark(), fmt::format("context.{}.literal must be a text, a number, "
                                                "true, false or null",
                                                key));
    }
    return {};
  }

  yaml::YamlSection& section_;
  const YamlText& text_;
  yaml::Problems& problems_;
  ContextSource source_;
};

}  // namespace

ContextSource read_yaml_context(yaml::YamlSection& section, const YamlText& text,
                                yaml::Problems& problems) {
  return ContextSectionReader(section, text, problems).read();
}

}  // namespace wakestream::mapping
