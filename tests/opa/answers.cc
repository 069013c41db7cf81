// This program's answers to questions, for another evaluator's to be held against.
//
//   wakestream_policy_answers policy.yaml < questions    JSON lines in, a JSON line each out
//   wakestream_policy_answers --knowledge                the categories and laws that it brings
#include <fmt/format.h>
#include <rapidjson/document.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/category_tree.h"
#include "policy/day.h"
#include "policy/laws.h"
#include "policy/policy.h"

namespace {

namespace policy = wakestream::policy;

std::optional<std::string> text(const rapidjson::Value& question, const char* name) {
  const auto found = question.FindMember(name);
  if (found == question.MemberEnd() || !found->value.IsString()) return std::nullopt;
  return std::string(found->value.GetString(), found->value.GetStringLength());
}

std::vector<policy::TaggedField> fields_of(const rapidjson::Value& question) {
  std::vector<policy::TaggedField> fields;
  for (const auto& one : question["fields"].GetArray()) {
    policy::TaggedField field{one["name"].GetString(), {}};
    for (const auto& tag : one["tags"].GetArray()) field.tags.emplace_back(tag.GetString());
    fields.push_back(std::move(field));
  }
  return fields;
}

void answer(const policy::Policy& rules, const std::string& line) {
  rapidjson::Document question;
  question.Parse(line.data(), line.size());
  const auto fields = fields_of(question);
  const auto type = text(question, "type");
  const auto shape = rules.shape(type.value_or(""), fields);
  const auto facts =
      rules.facts(type ? &shape : nullptr,
                  {text(question, "banner"), text(question, "jurisdiction"),
                   text(question, "consent"), *policy::parse_day(question["at"].GetString())});
  const auto verdict = rules.judge(facts, rules.consumer(*text(question, "consumer")), shape);
  std::string said;
  for (const auto& field : verdict.fields)
    said += fmt::format("{}\"{}\"", said.empty() ? "" : ",", to_string(field.action));
  fmt::print("{{\"event\":\"{}\",\"fields\":[{}]}}\n", to_string(verdict.event.action), said);
}

void print_knowledge() {
  const policy::CategoryTree tree;
  std::string categories;
  for (const auto& name : tree.names())
    categories += fmt::format("{}\"{}\"", categories.empty() ? "" : ",", name);
  std::string laws;
  for (const auto& law : policy::known_laws()) {
    const std::chrono::year_month_day day{law.from};
    laws += fmt::format(
        R"({}{{"name":"{}","family":"{}","from":"{:04}-{:02}-{:02}","places":"{}"}})",
        laws.empty() ? "" : ",", law.name, law.family, static_cast<int>(day.year()),
        static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), law.places);
  }
  fmt::print("{{\"categories\":[{}],\"laws\":[{}]}}\n", categories, laws);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  if (std::string_view(argv[1]) == "--knowledge") {
    print_knowledge();
    return 0;
  }
  const auto rules = policy::Policy::load(argv[1]);
  if (!rules) {
    for (const auto& problem : rules.error())
      fmt::print(stderr, "{}:{}: {}\n", problem.line, problem.column, problem.message);
    return 1;
  }
  for (std::string line; std::getline(std::cin, line);) answer(*rules, line);
  return 0;
}
