// Every error that a policy's file can have: golden, in policy_errors.golden, with file, line,
// column and what to do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "policy/policy.h"
#include "policy/rule_shapes.h"
#include "tests/support/golden_cases.h"
#include "tests/unit/policy/policy_fixture.h"

namespace wakestream::policy {
namespace {

constexpr std::string_view golden_file = "tests/unit/policy/policy_errors.golden";

std::string text_of(const std::vector<yaml::Problem>& problems) {
  std::string text;
  for (const auto& one : problems)
    text += fmt::format("{}:{}:{}: {}\n", one.file, one.line, one.column, one.message);
  return text;
}

std::string errors_of(const std::string& file) {
  const auto policy = Policy::parse(file, "policy.yaml");
  return policy ? std::string() : text_of(policy.error());
}

TEST(PolicyErrors, every_wrong_file_has_its_errors_with_place_and_advice) {
  ASSERT_GT(test::read_golden_cases(golden_file).size(), 30U);
  test::expect_golden(golden_file, errors_of);
}

TEST(PolicyErrors, a_key_that_stands_in_the_file_is_refused_and_not_shown) {
  for (const auto& one : test::read_golden_cases(golden_file))
    EXPECT_EQ(one.expected.find("hunter2"), std::string::npos) << one.expected;
}

TEST(PolicyErrors, a_file_that_is_not_there_is_named) {
  const auto policy = Policy::load("no/such/policy.yaml");
  ASSERT_FALSE(policy);
  EXPECT_EQ(text_of(policy.error()),
            "no/such/policy.yaml:0:0: the policy cannot be read: name its file\n");
}

TEST(PolicyErrors, a_file_grows_only_so_far) {
  EXPECT_EQ(errors_of(std::string(300'000, '#')),
            "policy.yaml:1:1: the policy is larger than 262144 bytes\n");
  std::string rules;
  for (int at = 0; at < 257; ++at) rules += fmt::format("  - {{ name: r{}, allow: pass }}\n", at);
  EXPECT_NE(errors_of(policy_text(rules)).find("there are more than 256 rules that allow"),
            std::string::npos);
  std::string banners = "banners: {";
  for (int at = 0; at < 1'001; ++at) banners += fmt::format("b{}: {{}}, ", at);
  EXPECT_NE(errors_of(banners + "}\n").find("banners has more than 1000 entries"),
            std::string::npos);
}

TEST(PolicyErrors, what_no_rule_makes_is_named) {
  const std::vector<mapping::RuleSource> sources{
      {"rules.sql",
       "CREATE VIEW customer.created AS SELECT new.account_id, NULL AS version, 'a' AS banner, "
       "'DE' AS "
       "jurisdiction, NULL AS consent, new.shoe FROM g.account WHERE op = 'INSERT';"}};
  const auto rules = mapping::RuleSet::parse(sources);
  ASSERT_TRUE(rules);
  const auto policy = policy_of("  - { name: r, allow: pass, when: { event: customer.creatd } }\n");
  const auto shapes = shapes_of(policy, *rules);
  EXPECT_EQ(text_of(shapes.problems),
            "policy.yaml:20:5: r: no rule makes an event customer.creatd; did you mean "
            "customer.created?\n"
            "policy.yaml:2:73: fields.tier: no event has this field\n");
  EXPECT_EQ(shapes.unknown_fields,
            (std::vector<std::string>{"customer.created.banner", "customer.created.jurisdiction",
                                      "customer.created.consent", "customer.created.shoe"}));
}

}  // namespace
}  // namespace wakestream::policy
