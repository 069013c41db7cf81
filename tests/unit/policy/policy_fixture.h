// A small policy that every test here adds to, and questions to it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "policy/policy.h"

namespace wakestream::policy {

inline constexpr std::chrono::sys_days default_day = std::chrono::year{2026} / 6 / 1;

// What every policy here declares; `rules` are the lines of the list.
inline std::string policy_text(const std::string& rules, const std::string& more = {}) {
  return R"(categories: [user.loyalty]
fields: { account_id: user.unique_id, version: system.operations, tier: user.loyalty }
keys: { hashing: "${env:WAKESTREAM_TEST_HASHING_KEY}" }
purposes:
  marketing: { consent: email }
  sharing: { consent: [email, share] }
  service: { consent: not_needed }
agreements: [hipaa_baa, processor_contract]
consumers:
  esp: { purpose: marketing, agreements: processor_contract, categories: [user.contact, user.unique_id] }
  ads: { purpose: sharing, categories: [user.contact.email, user.unique_id] }
  crm: { purpose: service, agreements: [processor_contract, hipaa_baa], categories: [user, system] }
  desk: { purpose: service, categories: [user, system] }
banners:
  banner-a: {}
  banner-b:
    rules:
      - { name: not at b, deny: drop, when: { category: user.contact.phone_number } }
rules:
)" + rules +
         more;
}

inline Policy policy_of(const std::string& rules, const std::string& more = {}) {
  auto policy = Policy::parse(policy_text(rules, more), "policy.yaml");
  if (!policy) {
    for (const auto& problem : policy.error())
      ADD_FAILURE() << problem.line << ":" << problem.column << ": " << problem.message;
    return std::move(*Policy::parse(policy_text("  []\n"), "policy.yaml"));
  }
  return std::move(*policy);
}

// One event, of which a test changes what it is about.
struct Question {
  std::string consumer = "crm";
  std::optional<std::string> type = "customer.created";
  std::optional<std::string> banner = "banner-a";
  std::optional<std::string> jurisdiction = "DE";
  std::optional<std::string> consent = R"({"email":true,"share":true})";
  std::chrono::sys_seconds at = default_day;
  std::vector<TaggedField> fields = {{"email", {"user.contact.email"}}};

  Verdict ask(const Policy& policy) const {
    const auto shape = policy.shape(type.value_or(""), fields);
    const auto facts = policy.facts(type ? &shape : nullptr, {banner, jurisdiction, consent, at});
    return policy.judge(facts, policy.consumer(consumer), shape);
  }

  // "pass", or "drop: no_rule", of the first field; or of the event: "withhold: unknown_banner".
  std::string answer(const Policy& policy) const {
    const auto verdict = ask(policy);
    const auto& given = verdict.withheld() ? verdict.event : verdict.fields.front();
    return std::string(to_string(given.action)) + ": " + policy.reason(given);
  }
};

}  // namespace wakestream::policy
