// docs/rule-coverage.md is the grammar that the oracle tries, as a table: what is in it was
// compared with PostgreSQL, and what is compared is in it.
//
// WAKESTREAM_WRITE_COVERAGE=1 writes the page.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <tuple>

#include "tests/integration/oracle/grammar.h"

namespace wakestream::test::oracle {
namespace {

constexpr std::string_view head =
    R"(# What rules can express, type by type

Each line is tried by `tests/integration/expression_oracle_test.cc`: generated rows and expressions give the same value, the same
NULL and the same error as PostgreSQL 15 and 18. This page is made from the same list, and a test compares the two.
[rules.md](rules.md) explains the language.

- **NULL**: `may be` where an argument that is NULL can make the outcome NULL; `never` where the outcome is always true or false.
- **error**: `may fail` where PostgreSQL raises an error for some values (out of range, division by zero, a text that is no number):
  the row then goes to quarantine.
- `a`, `b`, `c` are the arguments, in the order of the types.

| expression | types of the arguments | gives | NULL | error |
|---|---|---|---|---|
)";

std::string with_names(std::string_view pattern) {
  std::string text;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '{') {
      text.push_back(static_cast<char>('a' + (pattern[at + 1] - '0')));
      at += 2;
    } else if (pattern[at] == '|') {
      text += "\\|";
    } else {
      text.push_back(pattern[at]);
    }
  }
  return text;
}

std::string page() {
  // Lines in the order of the grammar; one line for all types that differ in nothing else.
  std::vector<std::string> keys;
  std::map<std::string, std::vector<std::string>> types;
  for (const auto& form : forms()) {
    const auto key =
        fmt::format("| `{}` | {{}} | {} | {} | {} |", with_names(form.pattern), form.result,
                    form.never_null ? "never" : "may be", form.may_fail ? "may fail" : "");
    auto& list = types[key];
    if (list.empty()) keys.push_back(key);
    list.push_back(fmt::format("{}", fmt::join(form.args, ", ")));
  }
  std::string text(head);
  for (const auto& key : keys) {
    const auto gap = key.find("{}");
    text += fmt::format("{}{}{}\n", key.substr(0, gap), fmt::join(types[key], "; "),
                        key.substr(gap + 2));
  }
  return text;
}

TEST(RuleCoverageTest, the_page_lists_what_is_compared_with_postgresql) {
  const std::string path = std::string(WAKESTREAM_SOURCE_DIR) + "/docs/rule-coverage.md";
  if (std::getenv("WAKESTREAM_WRITE_COVERAGE") != nullptr) std::ofstream(path) << page();
  std::ifstream file(path);
  const std::string written{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(written, page()) << "write it again: WAKESTREAM_WRITE_COVERAGE=1";
}

}  // namespace
}  // namespace wakestream::test::oracle
