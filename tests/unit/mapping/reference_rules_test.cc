// The rules that come with the reference graph are rules.
#include <gmock/gmock.h>

#include "mapping/rule.h"
#include "mapping/rule_set.h"

namespace wakestream::mapping {
namespace {

TEST(ReferenceRulesTest, the_eight_event_types_of_the_customer_graph_load_with_their_pii_tags) {
  const std::vector<std::string> paths{std::string(WAKESTREAM_SOURCE_DIR) +
                                       "/sql/rules/customer.sql"};
  const auto rules = RuleSet::load(paths);
  ASSERT_TRUE(rules) << to_string(rules.error()[0]);
  EXPECT_THAT(rules->event_types(),
              testing::ElementsAre("customer.created", "customer.email_changed",
                                   "customer.phone_changed", "customer.address_changed",
                                   "customer.consent_changed", "customer.tier_changed",
                                   "customer.subscription_changed", "customer.deletion_requested"));
  for (const auto& rule : rules->rules())
    for (const auto& field : rule.fields) {
      const bool personal = field.name.ends_with("email") || field.name.ends_with("phone") ||
                            field.name.ends_with("address");
      EXPECT_EQ(personal, !field.pii_tags.empty()) << rule.type << "." << field.name;
    }
}

}  // namespace
}  // namespace wakestream::mapping
