// Any text as a rule file: rules, or errors with places, never a crash; and rules that load meet a
// table in either way.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mapping/mapper.h"

using namespace wakestream;  // NOLINT: a fuzz target

namespace {

mapping::TableShape table() {
  mapping::TableShape shape;
  shape.publication = "wakestream";
  shape.relation = {1,
                    "t",
                    "a",
                    cdc::ReplicaIdentity::standard,
                    {{"account_id", 25, -1, true},
                     {"b", 16, -1, false},
                     {"i", 23, -1, false},
                     {"t", 25, -1, false},
                     {"c", 1042, 9, false},
                     {"j", 3802, -1, false},
                     {"n", 1700, -1, false},
                     {"d", 1082, -1, false},
                     {"ts", 1114, -1, false},
                     {"tz", 1184, -1, false},
                     {"iv", 1186, -1, false}},
                    1};
  return shape;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<mapping::TableShape> tables{table()};
  const std::vector<mapping::RuleSource> sources{
      {"fuzz.sql", std::string(reinterpret_cast<const char*>(data), size)}};
  const auto rules = mapping::RuleSet::parse(sources);
  if (!rules && rules.error().empty()) abort();
  const auto errors = rules ? mapping::check_rules(*rules, tables) : rules.error();
  for (const auto& error : errors)
    if (error.message.empty() || error.line < 1 || error.column < 1) abort();
  return 0;
}
