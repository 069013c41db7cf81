// Any text as rules in YAML: rules or errors, never a crash; and rules that were read are printed
// in both forms and read again as the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/rule_as_sql.h"
#include "mapping/rule_as_yaml.h"
#include "mapping/rule_set.h"

using namespace wakestream::mapping;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<RuleSource> source{
      {"fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size)}};
  const auto rules = RuleSet::parse(source);
  if (!rules) {
    if (rules.error().empty()) abort();
    return 0;
  }
  std::string sql;
  for (const auto& rule : rules->rules()) sql += rule_as_sql(rule);
  const std::vector<RuleSource> printed_sql{{"printed.sql", sql}};
  const auto from_sql = RuleSet::parse(printed_sql);
  if (!from_sql || from_sql->hash() != rules->hash()) abort();
  const std::vector<RuleSource> printed_yaml{{"printed.yaml", rules_as_yaml(rules->rules())}};
  const auto from_yaml = RuleSet::parse(printed_yaml);
  if (!from_yaml || from_yaml->hash() != rules->hash()) abort();
  return 0;
}
