// Each choice that a policy can make, one row each.
#include <gtest/gtest.h>

#include "tests/unit/policy/policy_fixture.h"

namespace wakestream::policy {
namespace {

constexpr const char* everything = "  - { name: all, allow: pass }\n";

std::string answer(const std::string& rules, const Question& question) {
  return question.answer(policy_of(rules));
}

TEST(Verdict, what_is_allowed_and_not_denied_passes) {
  EXPECT_EQ(answer(everything, {}), "pass: rule all");
  EXPECT_EQ(answer("  []\n", {}), "drop: no_rule");
}

TEST(Verdict, what_is_not_known_is_withheld_with_what_was_missing) {
  EXPECT_EQ(answer(everything, {.consumer = "nobody"}), "withhold: unknown_consumer");
  EXPECT_EQ(answer(everything, {.type = std::nullopt}), "withhold: unknown_event");
  EXPECT_EQ(answer(everything, {.banner = std::nullopt}), "withhold: unknown_banner");
  EXPECT_EQ(answer(everything, {.banner = "banner-z"}), "withhold: unknown_banner");
  EXPECT_EQ(answer(everything, {.jurisdiction = std::nullopt}), "withhold: unknown_jurisdiction");
  EXPECT_EQ(answer(everything, {.jurisdiction = "US"}), "withhold: unknown_jurisdiction");
  EXPECT_EQ(answer(everything, {.consumer = "esp", .consent = std::nullopt}),
            "drop: unknown_consent");
  EXPECT_EQ(answer(everything, {.consumer = "esp", .consent = R"({"email":"perhaps"})"}),
            "drop: unknown_consent");
  EXPECT_EQ(answer(everything, {.fields = {{"shoe_size", {}}}}), "drop: unknown_field");
  EXPECT_EQ(answer(everything, {.fields = {{"shoe_size", {"user.shoe"}}}}),
            "drop: unknown_category");
}

TEST(Verdict, a_purpose_that_needs_no_consent_asks_for_none) {
  EXPECT_EQ(answer(everything, {.consumer = "crm", .consent = std::nullopt}), "pass: rule all");
}

TEST(Verdict, consent_counts_by_the_purpose_of_the_consumer) {
  const std::string rules = "  - { name: granted, allow: pass, when: { consent: granted } }\n";
  const auto with = [&](const char* consumer, const char* consent) {
    return answer(rules, {.consumer = consumer, .consent = consent});
  };
  EXPECT_EQ(with("esp", R"({"email":true})"), "pass: rule granted");
  EXPECT_EQ(with("esp", R"({"email":false})"), "drop: no_rule");
  EXPECT_EQ(with("esp", R"({"email":"not_asked"})"), "drop: no_rule");
  EXPECT_EQ(with("ads", R"({"email":true,"share":true})"), "pass: rule granted");
  EXPECT_EQ(with("ads", R"({"email":true,"share":false})"), "drop: no_rule");
  EXPECT_EQ(with("ads", R"({"email":true})"), "drop: unknown_consent");
  EXPECT_EQ(with("crm", R"({"email":true})"), "drop: no_rule");
}

TEST(Verdict, any_consent_is_said_and_never_taken_for_granted) {
  const std::string any = "  - { name: any, allow: pass, when: { consent: any } }\n";
  for (const auto* const consent : {"null", "{}", R"({"email":false})", R"({"email":true})"})
    EXPECT_EQ(answer(any, {.consumer = "esp", .consent = consent}), "pass: rule any") << consent;
}

TEST(Verdict, a_consumer_sees_what_it_is_authorized_for) {
  EXPECT_EQ(answer(everything, {.consumer = "esp"}), "pass: rule all");
  EXPECT_EQ(answer(everything, {.consumer = "esp", .fields = {{"tier", {}}}}),
            "drop: not_authorized");
  EXPECT_EQ(
      answer(everything, {.consumer = "ads", .fields = {{"phone", {"user.contact.phone_number"}}}}),
      "drop: not_authorized");
  // A coarser tag may be more than it is authorized for.
  EXPECT_EQ(answer(everything, {.consumer = "esp", .fields = {{"all", {"user"}}}}),
            "drop: not_authorized");
}

TEST(Verdict, a_field_of_two_categories_is_the_narrower_of_both) {
  EXPECT_EQ(answer(everything, {.consumer = "ads",
                                .fields = {{"contact", {"user.contact.email", "user.name"}}}}),
            "drop: not_authorized");
}

struct Row {
  const char* rules;
  const char* expected;
};

class DenyWins : public testing::TestWithParam<Row> {};

TEST_P(DenyWins, and_the_first_reason_is_kept) {
  EXPECT_EQ(answer(GetParam().rules, {}), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Verdict, DenyWins,
    testing::Values(
        Row{"  - { name: a, allow: pass }\n  - { name: d, deny: drop }\n", "drop: rule d"},
        Row{"  - { name: d, deny: drop }\n  - { name: a, allow: pass }\n", "drop: rule d"},
        Row{"  - { name: d, deny: nullify }\n  - { name: a, allow: pass }\n", "nullify: rule d"},
        Row{"  - { name: d, deny: nullify }\n", "drop: no_rule"},
        Row{"  - { name: d, deny: withhold }\n  - { name: a, allow: pass }\n", "withhold: rule d"},
        Row{"  - { name: d, deny: withhold }\n", "withhold: rule d"},
        Row{"  - { name: d, deny: drop }\n  - { name: e, deny: drop }\n", "drop: rule d"},
        Row{"  - { name: d, deny: nullify }\n  - { name: e, deny: drop }\n"
            "  - { name: a, allow: pass }\n",
            "drop: rule e"},
        Row{"  - { name: a, allow: { mask: { keep_last: 4 } } }\n  - { name: b, allow: pass }\n",
            "pass: rule b"},
        Row{"  - { name: a, allow: pass }\n  - { name: b, allow: pass }\n", "pass: rule a"},
        Row{"  - { name: a, allow: pass }\n  - { name: d, deny: { hmac: { key: hashing } } }\n",
            "hmac: rule d"},
        Row{"  - { name: a, allow: { tokenize: { key: hashing } } }\n"
            "  - { name: d, deny: { mask: { keep_last: 1 } } }\n",
            "tokenize: rule a"},
        Row{"  - { name: a, allow: pass }\n"
            "  - { name: d, deny: { generalize: { to: email_domain } } }\n",
            "generalize: rule d"}));

// A rule that holds for the default question, and what of the question it then does not hold for.
struct Condition {
  const char* when;
  Question otherwise;
};

class Conditions : public testing::TestWithParam<Condition> {};

TEST_P(Conditions, allow_only_what_they_say) {
  const auto policy =
      policy_of("  - { name: a, allow: pass, when: { " + std::string(GetParam().when) + " } }\n");
  EXPECT_EQ(Question{.consumer = "esp"}.answer(policy), "pass: rule a");
  const auto otherwise = GetParam().otherwise.answer(policy);
  EXPECT_TRUE(otherwise == "drop: no_rule" || otherwise == "drop: not_authorized") << otherwise;
}

INSTANTIATE_TEST_SUITE_P(
    Verdict, Conditions,
    testing::Values(Condition{"category: user.contact",
                              {.consumer = "esp", .fields = {{"id", {"user.unique_id"}}}}},
                    Condition{"category: user.contact.email",
                              {.consumer = "esp", .fields = {{"contact", {"user.contact"}}}}},
                    Condition{"consumer: [esp, ads]", {.consumer = "crm"}},
                    Condition{"purpose: marketing", {.consumer = "crm"}},
                    Condition{"regime: gdpr", {.consumer = "esp", .jurisdiction = "US-CA"}},
                    Condition{"jurisdiction: DE", {.consumer = "esp", .jurisdiction = "FR"}},
                    Condition{"banner: banner-a", {.consumer = "esp", .banner = "banner-b"}},
                    Condition{"event: customer.created",
                              {.consumer = "esp", .type = "customer.moved"}},
                    Condition{"agreement: processor_contract", {.consumer = "ads"}},
                    Condition{"consent: [granted, not_asked]",
                              {.consumer = "esp", .consent = R"({"email":"denied"})"}}));

TEST(Verdict, a_family_of_laws_is_a_regime) {
  const std::string rules = "  - { name: a, allow: pass, when: { regime: us_state_privacy } }\n";
  EXPECT_EQ(answer(rules, {.jurisdiction = "US-CO"}), "pass: rule a");
  EXPECT_EQ(answer(rules, {.jurisdiction = "US-AL"}), "drop: no_rule");
  EXPECT_EQ(answer(rules, {.jurisdiction = "US-CO",
                           .at = std::chrono::sys_days{std::chrono::year{2023} / 6 / 30}}),
            "drop: no_rule");
}

TEST(Verdict, a_deny_asks_for_what_is_missing) {
  const std::string rules =
      std::string(everything) +
      "  - { name: d, deny: drop, when: { category: user.health, regime: hipaa, "
      "without: hipaa_baa } }\n";
  const std::vector<TaggedField> health{{"diagnosis", {"user.health.medical_diagnosis"}}};
  EXPECT_EQ(answer(rules, {.consumer = "desk", .jurisdiction = "US-NY", .fields = health}),
            "drop: rule d");
  EXPECT_EQ(answer(rules, {.consumer = "crm", .jurisdiction = "US-NY", .fields = health}),
            "pass: rule all");
  EXPECT_EQ(answer(rules, {.consumer = "desk", .jurisdiction = "DE", .fields = health}),
            "pass: rule all");
  EXPECT_EQ(answer(rules, {.consumer = "desk", .jurisdiction = "US-NY"}), "pass: rule all");
  // It may be health data: the tag does not say that it is not.
  EXPECT_EQ(
      answer(rules, {.consumer = "desk", .jurisdiction = "US-NY", .fields = {{"all", {"user"}}}}),
      "drop: rule d");
  EXPECT_EQ(answer(rules, {.consumer = "desk",
                           .jurisdiction = "US-NY",
                           .fields = {{"old", {"user.health_and_medical.genetic"}}}}),
            "drop: rule d");
}

TEST(Verdict, what_may_be_denied_with_the_event_withholds_it) {
  const std::string rules = std::string(everything) +
                            "  - { name: d, deny: withhold, when: { category: user.children } }\n";
  EXPECT_EQ(answer(rules, {}), "pass: rule all");
  EXPECT_EQ(answer(rules, {.fields = {{"email", {"user.contact.email"}}, {"what", {}}}}),
            "withhold: rule d");
}

TEST(Verdict, rules_begin_and_end) {
  const std::string rules = "  - { name: a, allow: pass, from: 2026-01-01, until: 2026-07-01 }\n";
  const auto at = [&](std::chrono::sys_seconds when) { return answer(rules, {.at = when}); };
  const std::chrono::sys_days first = std::chrono::year{2026} / 1 / 1;
  const std::chrono::sys_days after = std::chrono::year{2026} / 7 / 1;
  EXPECT_EQ(at(first - std::chrono::seconds{1}), "drop: no_rule");
  EXPECT_EQ(at(first), "pass: rule a");
  EXPECT_EQ(at(after - std::chrono::seconds{1}), "pass: rule a");
  EXPECT_EQ(at(after), "drop: no_rule");
}

TEST(Verdict, an_overlay_holds_for_its_banner) {
  const std::vector<TaggedField> phone{{"phone", {"user.contact.phone_number"}}};
  EXPECT_EQ(answer(everything, {.banner = "banner-a", .fields = phone}), "pass: rule all");
  EXPECT_EQ(answer(everything, {.banner = "banner-b", .fields = phone}), "drop: rule not at b");
}

TEST(Verdict, an_event_that_may_not_say_whose_it_is_stays) {
  const std::vector<TaggedField> fields{{"email", {"user.contact.email"}}, {"account_id", {}}};
  EXPECT_EQ(answer(everything, {.fields = fields}), "pass: rule all");
  EXPECT_EQ(answer(std::string(everything) +
                       "  - { name: d, deny: nullify, when: { category: user.unique_id } }\n",
                   {.fields = fields}),
            "withhold: no_subject");
}

TEST(Verdict, everything_is_counted) {
  const auto policy = policy_of(everything);
  Tally tally;
  tally.count(Question{}.ask(policy));
  tally.count(Question{.consumer = "nobody"}.ask(policy));
  tally.count(Question{.fields = {{"shoe_size", {}}}}.ask(policy));
  EXPECT_EQ(tally.events, 3U);
  EXPECT_EQ(tally.fields[static_cast<std::size_t>(Action::pass)], 1U);
  EXPECT_EQ(tally.fields[static_cast<std::size_t>(Action::drop)], 1U);
  EXPECT_EQ(tally.events_withheld[static_cast<std::size_t>(Cause::unknown_consumer)], 1U);
  EXPECT_EQ(tally.fields_withheld[static_cast<std::size_t>(Cause::unknown_field)], 1U);
}

TEST(Verdict, a_policy_is_known_by_the_digest_of_its_file) {
  const auto text = policy_text(everything);
  EXPECT_EQ(policy_of(everything).hash(), Policy::parse(text, "other.yaml")->hash());
  EXPECT_NE(policy_of(everything).hash(), Policy::parse(text + "\n", "policy.yaml")->hash());
  EXPECT_EQ(policy_of(everything).hash().size(), 64U);
}

}  // namespace
}  // namespace wakestream::policy
