// docs/check.md against the code: every finding, with its severity and its words, in the same
// order.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "app/check/finding.h"

namespace wakestream::check {
namespace {

TEST(CheckDocsTest, the_page_lists_every_finding_and_no_other) {
  std::ifstream page(WAKESTREAM_SOURCE_DIR "/docs/check.md");
  ASSERT_TRUE(page);
  const std::regex row(R"(\| `([a-z_0-9]+)` \| (error|warning|note) \| (.*?) \|.*)");
  std::vector<std::string> listed;
  for (std::string line; std::getline(page, line);) {
    std::smatch found;
    if (std::regex_match(line, found, row))
      listed.push_back(fmt::format("{} {} {}", found[1].str(), found[2].str(), found[3].str()));
  }
  std::vector<std::string> known;
  for (const auto& kind : finding_kinds())
    known.push_back(fmt::format("{} {} {}", kind.id, name_of(kind.severity), kind.title));
  EXPECT_EQ(listed, known);
}

TEST(CheckDocsTest, ids_are_unique) {
  std::set<std::string_view> ids;
  for (const auto& kind : finding_kinds()) EXPECT_TRUE(ids.insert(kind.id).second) << kind.id;
}

}  // namespace
}  // namespace wakestream::check
