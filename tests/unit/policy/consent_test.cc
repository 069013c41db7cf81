#include "policy/consent.h"

#include <gtest/gtest.h>

#include <string>

namespace wakestream::policy {
namespace {

ConsentState state(std::optional<std::string_view> json, const std::string& key = "email") {
  const std::vector<std::string> keys{key};
  return read_consent(json, keys, {})[0];
}

TEST(Consent, words_and_booleans_are_read) {
  EXPECT_EQ(state(R"({"email":true})"), ConsentState::granted);
  EXPECT_EQ(state(R"({"email":"granted"})"), ConsentState::granted);
  EXPECT_EQ(state(R"({"email":"opt_in"})"), ConsentState::granted);
  EXPECT_EQ(state(R"({"email":"not_asked"})"), ConsentState::not_asked);
  EXPECT_EQ(state(R"({"email":false})"), ConsentState::denied);
  EXPECT_EQ(state(R"({"email":"withdrawn"})"), ConsentState::denied);
  EXPECT_EQ(state(R"({"mail":{"news":true}})", "mail.news"), ConsentState::granted);
}

TEST(Consent, everything_else_is_unknown) {
  EXPECT_EQ(state(std::nullopt), ConsentState::unknown);
  for (const auto* const json : {"",
                                 "null",
                                 "true",
                                 "\"granted\"",
                                 "[]",
                                 "{}",
                                 "{",
                                 R"({"email":true)",
                                 R"({"email":true}x)",
                                 R"({"email":null})",
                                 R"({"email":1})",
                                 R"({"email":"yes"})",
                                 R"({"email":"Granted"})",
                                 R"({"email":{}})",
                                 R"({"email":[true]})",
                                 R"({"Email":true})",
                                 R"({"email.x":true})",
                                 R"({"email":true,"email":false})",
                                 R"({"email":true,"email":true})",
                                 "{\"email\":\"\xFF\"}"})
    EXPECT_EQ(state(json), ConsentState::unknown) << json;
  EXPECT_EQ(state(R"({"mail.news":true})", "mail.news"), ConsentState::unknown);
}

TEST(Consent, what_lies_deep_costs_no_stack) {
  EXPECT_EQ(state(std::string(1'000'000, '[')), ConsentState::unknown);
}

TEST(Consent, of_two_the_narrower_counts_key_by_key) {
  ConsentStates left;
  ConsentStates right;
  left.fill(ConsentState::granted);
  right.fill(ConsentState::granted);
  right[0] = ConsentState::denied;
  left[1] = ConsentState::unknown;
  left[2] = ConsentState::not_asked;
  const auto both = narrower(left, right);
  EXPECT_EQ(both[0], ConsentState::denied);
  EXPECT_EQ(both[1], ConsentState::unknown);
  EXPECT_EQ(both[2], ConsentState::not_asked);
  EXPECT_EQ(both[3], ConsentState::granted);
}

TEST(Consent, a_purpose_has_what_the_least_of_its_keys_has) {
  ConsentStates states;
  states.fill(ConsentState::granted);
  states[1] = ConsentState::denied;
  EXPECT_EQ(consent_for(std::vector<NameId>{}, states), ConsentState::not_needed);
  EXPECT_EQ(consent_for(std::vector<NameId>{0}, states), ConsentState::granted);
  EXPECT_EQ(consent_for(std::vector<NameId>{0, 1}, states), ConsentState::denied);
}

}  // namespace
}  // namespace wakestream::policy
