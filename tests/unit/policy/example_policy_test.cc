// examples/policy.yaml for the events of sql/rules/customer.sql: who gets what.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "policy/policy.h"
#include "policy/rule_shapes.h"

namespace wakestream::policy {
namespace {

class ExamplePolicy : public testing::Test {
 protected:
  void SetUp() override {
    auto policy = Policy::load("examples/policy.yaml");
    if (!policy)
      for (const auto& problem : policy.error())
        FAIL() << problem.file << ":" << problem.line << ":" << problem.column << ": "
               << problem.message;
    policy_.emplace(std::move(*policy));
    const std::vector<std::string> paths{"sql/rules/customer.sql"};
    const auto rules = mapping::RuleSet::load(paths);
    ASSERT_TRUE(rules);
    shapes_ = shapes_of(*policy_, *rules);
  }

  // "email=pass phone=drop", of these fields.
  std::string shown(const std::string& consumer, const std::string& type, const std::string& place,
                    const std::string& consent, const std::vector<std::string>& fields) {
    const auto& shape = shapes_.by_type.find(type)->second;
    const auto facts = policy_->facts(
        &shape,
        {"banner-a", place, consent, std::chrono::sys_days{std::chrono::year{2026} / 6 / 1}});
    const auto verdict = policy_->judge(facts, policy_->consumer(consumer), shape);
    if (verdict.withheld()) return "withheld: " + policy_->reason(verdict.event);
    std::string text;
    for (const auto& name : fields)
      for (std::size_t at = 0; at < shape.fields.size(); ++at)
        if (shape.fields[at].name == name)
          text += (text.empty() ? "" : " ") + name + "=" +
                  std::string(to_string(verdict.fields[at].action));
    return text;
  }

  std::optional<Policy> policy_;
  EventShapes shapes_;
};

TEST_F(ExamplePolicy, fits_the_rules_and_leaves_no_field_unknown) {
  EXPECT_EQ(shapes_.by_type.size(), 8U);
  for (const auto& problem : shapes_.problems) ADD_FAILURE() << problem.line << problem.message;
  for (const auto& field : shapes_.unknown_fields) ADD_FAILURE() << field << " is unknown";
}

TEST_F(ExamplePolicy, eight_consumers_get_what_each_is_authorized_for) {
  const std::vector<std::string> fields{"account_id", "email", "phone", "address", "tier"};
  const std::string all = R"({"email":true,"sms":true,"push":true,"share":true})";
  const std::map<std::string, std::string> expected{
      {"esp", "account_id=pass email=pass phone=drop address=drop tier=drop"},
      {"sms", "account_id=pass email=drop phone=pass address=drop tier=drop"},
      {"push", "account_id=pass email=drop phone=drop address=drop tier=pass"},
      {"loyalty", "account_id=pass email=pass phone=pass address=pass tier=pass"},
      {"audiences", "account_id=hmac email=hmac phone=hmac address=drop tier=drop"},
      {"contact_centre", "account_id=pass email=pass phone=pass address=pass tier=pass"},
      {"listings", "account_id=pass email=drop phone=drop address=generalize tier=drop"},
      {"crm", "account_id=pass email=pass phone=pass address=pass tier=pass"}};
  EXPECT_EQ(policy_->definition().consumers.size(), expected.size());
  for (const auto& [consumer, actions] : expected) {
    const auto place = consumer == "listings" ? "US-CA" : "DE";
    EXPECT_EQ(shown(consumer, "customer.created", place, all, fields), actions) << consumer;
  }
  EXPECT_EQ(shown("listings", "customer.created", "DE", all, {"address"}), "address=drop");
}

TEST_F(ExamplePolicy, a_deletion_reaches_everybody_whatever_the_consent) {
  for (const auto& consumer : policy_->definition().consumer_names.names())
    EXPECT_EQ(
        shown(consumer, "customer.deletion_requested", "GB", "null", {"account_id", "request_id"}),
        std::string("account_id=") + (consumer == "audiences" ? "hmac" : "pass") +
            " request_id=pass")
        << consumer;
}

}  // namespace
}  // namespace wakestream::policy
