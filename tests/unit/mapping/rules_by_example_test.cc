// docs/rules-by-example.md: each SQL block is followed by a YAML block that is the same rule.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "mapping/rule_set.h"

namespace wakestream::mapping {
namespace {

// The next block of that language from `at` on, which moves behind it; empty when there is none.
std::string next_block(const std::string& page, const std::string& language, std::size_t& at) {
  const auto fence = "```" + language + "\n";
  const auto start = page.find(fence, at);
  if (start == std::string::npos) return {};
  const auto begin = start + fence.size();
  const auto end = page.find("```\n", begin);
  at = end;
  return page.substr(begin, end - begin);
}

std::string hash_of(const std::string& name, const std::string& text) {
  const std::vector<RuleSource> sources{{name, text}};
  const auto set = RuleSet::parse(sources);
  return set ? set->hash() : to_string(set.error()[0]);
}

TEST(RulesByExampleTest, both_forms_of_each_example_are_the_same_rule) {
  std::ifstream file(std::string(WAKESTREAM_SOURCE_DIR) + "/docs/rules-by-example.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::size_t at = 0;
  int count = 0;
  for (auto sql = next_block(page, "sql", at); !sql.empty(); sql = next_block(page, "sql", at)) {
    const auto yaml = next_block(page, "yaml", at);
    EXPECT_EQ(hash_of("example.yaml", yaml), hash_of("example.sql", sql)) << sql << yaml;
    ++count;
  }
  EXPECT_EQ(count, 8);
}

}  // namespace
}  // namespace wakestream::mapping
