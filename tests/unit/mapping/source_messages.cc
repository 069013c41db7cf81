#include "tests/unit/mapping/source_messages.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace wakestream::mapping::test {

namespace {

// Sentences of rows and names of types, not errors of rules in SQL. YAML has tests of its own.
const std::set<std::string> other_files{"context_rule.cc",  // context_test.cc
                                        "mapper.cc",
                                        "evaluation.cc",
                                        "event.cc",
                                        "row_json.cc",
                                        "type.cc",
                                        "row_json_reader.cc",
                                        "rule_as_sql.cc",
                                        "rule_as_yaml.cc",
                                        "rule_shape.cc",
                                        "sql_draft.cc",
                                        "value_order.cc",
                                        "interval_functions.cc",
                                        "date_part_functions.cc",
                                        "date_trunc_functions.cc"};

std::string without_comments_and_includes(const std::string& source) {
  std::string code;
  for (std::size_t at = 0; at < source.size();) {
    const auto end = std::min(source.find('\n', at), source.size() - 1);
    auto line = source.substr(at, end + 1 - at);
    const auto first = line.find_first_not_of(" \t");
    const bool skipped =
        first != std::string::npos && (line.compare(first, 2, "//") == 0 || line[first] == '#');
    if (!skipped) code += line;
    at = end + 1;
  }
  return code;
}

// The literal whose opening quote is at `at`; `at` moves behind it.
std::string literal(const std::string& code, std::size_t& at) {
  std::string text;
  for (++at; at < code.size() && code[at] != '"'; ++at) {
    if (code[at] == '\\') ++at;
    text.push_back(code[at]);
  }
  ++at;
  return text;
}

bool is_sentence(std::string_view text) {
  return std::count(text.begin(), text.end(), ' ') >= 3 &&
         std::any_of(text.begin(), text.end(),
                     [](char letter) { return letter >= 'a' && letter <= 'z'; });
}

void add_messages(const std::string& code, std::vector<std::string>& messages) {
  for (auto at = code.find('"'); at < code.size(); at = code.find('"', at)) {
    const bool quote_character = at > 0 && code[at - 1] == '\'';
    const bool raw = at > 0 && code[at - 1] == 'R';
    if (quote_character || raw) {
      ++at;
      if (raw) at = code.find(")\"", at) + 2;
      continue;
    }
    auto text = literal(code, at);
    for (auto next = code.find_first_not_of(" \n", at); next < code.size() && code[next] == '"';
         next = code.find_first_not_of(" \n", at)) {
      at = next;
      text += literal(code, at);
    }
    if (is_sentence(text)) messages.push_back(text);
  }
}

std::vector<std::string> fixed_parts(std::string_view message) {
  std::vector<std::string> parts(1);
  for (std::size_t at = 0; at < message.size(); ++at) {
    if (message.substr(at, 2) == "{{" || message.substr(at, 2) == "}}") {
      parts.back().push_back(message[at++]);
    } else if (message[at] == '{') {
      at = message.find('}', at);
      parts.emplace_back();
    } else {
      parts.back().push_back(message[at]);
    }
  }
  return parts;
}

}  // namespace

std::vector<std::string> messages_of_sources() {
  std::vector<std::string> messages;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(WAKESTREAM_SOURCE_DIR) + "/mapping")) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(".cc") || name.starts_with("yaml_") || other_files.contains(name)) continue;
    std::ifstream file(entry.path());
    const std::string source{std::istreambuf_iterator<char>(file), {}};
    add_messages(without_comments_and_includes(source), messages);
  }
  std::sort(messages.begin(), messages.end());
  return messages;
}

bool holds_message(std::string_view lines, std::string_view message) {
  const auto parts = fixed_parts(message);
  while (!lines.empty()) {
    auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const bool holds = std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
      const auto found = line.find(part);
      if (found == std::string_view::npos) return false;
      line.remove_prefix(found + part.size());
      return true;
    });
    if (holds) return true;
  }
  return false;
}

}  // namespace wakestream::mapping::test
