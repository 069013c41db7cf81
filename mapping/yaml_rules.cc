#include "mapping/yaml_rules.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "mapping/utf8.h"
#include "mapping/yaml_rule_reader.h"
#include "yaml/section.h"

namespace wakestream::mapping {

namespace {

constexpr std::size_t file_bytes_max = 1U << 20U;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

using Rules = std::vector<tl::expected<Rule, std::vector<Error>>>;

Error error_of(yaml::Problem problem, ErrorKind kind) {
  return {kind,
          std::move(problem.message),
          std::move(problem.file),
          problem.line,
          problem.column,
          {},
          {},
          {}};
}

void read_defaults(const YAML::Node& node, yaml::Problems& problems, YamlDefaults& defaults) {
  yaml::YamlSection section(node, "defaults", problems);
  defaults.table = section.node("table");
  defaults.key = section.node("key");
  defaults.fields = section.node("fields");
  section.finish();
}

Rules read_root(const std::string& file, const YamlText& text, const YAML::Node& root,
                yaml::Problems& problems) {
  const bool is_mapping = root.IsMap();
  yaml::YamlSection section(root, "", problems);
  YamlDefaults defaults;
  if (const auto node = section.node("defaults"); node.IsDefined())
    read_defaults(node, problems, defaults);
  const auto list = section.node("rules");
  if (!list.IsDefined()) {
    if (is_mapping) problems.add(root.Mark(), "rules is missing: a list, `- event: ...` each");
  } else if (!list.IsSequence()) {
    problems.add(list.Mark(), "rules must be a list, `- event: family.change` each");
  }
  section.finish();
  Rules rules;
  if (list.IsDefined() && list.IsSequence())
    for (const auto& node : list) rules.push_back(read_yaml_rule(file, text, node, defaults));
  return rules;
}

Rules refused(std::string_view file, std::string message, Place place = {}) {
  Rules rules;
  rules.push_back(tl::unexpected(std::vector<Error>{{ErrorKind::syntax,
                                                     std::move(message),
                                                     std::string(file),
                                                     place.line,
                                                     place.column,
                                                     {},
                                                     {},
                                                     {}}}));
  return rules;
}

}  // namespace

bool is_yaml_file(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml");
}

Rules read_yaml_rules(std::string_view file, std::string_view content) {
  if (content.substr(0, byte_order_mark.size()) == byte_order_mark)
    content.remove_prefix(byte_order_mark.size());
  if (content.size() > file_bytes_max)
    return refused(file, fmt::format("the file has {} bytes, at most {} are read: split it",
                                     content.size(), file_bytes_max));
  const auto wrong = std::min(invalid_utf8_at(content), content.find('\0'));
  if (wrong != std::string_view::npos)
    return refused(file, "this is not UTF-8 text: save the file as UTF-8",
                   LineIndex(content).place(wrong));
  const YamlText text(content);
  yaml::Problems problems{std::string(file), content, yaml::References::left_alone};
  Rules rules;
  auto kind = ErrorKind::invalid_rule;
  // yaml-cpp reports syntax errors by exceptions; they end here.
  try {
    rules = read_root(std::string(file), text, YAML::Load(std::string(content)), problems);
  } catch (const YAML::Exception& error) {
    kind = ErrorKind::syntax;
    problems.add_syntax_error(error);
  }
  if (problems.none()) return rules;
  std::vector<Error> errors;
  for (auto& problem : problems.take()) errors.push_back(error_of(std::move(problem), kind));
  rules.insert(rules.begin(), tl::unexpected(std::move(errors)));
  return rules;
}

}  // namespace wakestream::mapping
