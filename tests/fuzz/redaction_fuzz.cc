// Any bytes as a payload: what comes out is JSON, and holds nothing of what may not be shown.
#include <rapidjson/document.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policy/redaction.h"

namespace {

using wakestream::policy::KeyRing;
using wakestream::policy::Policy;

constexpr std::string_view text = R"(
keys: { k: "${env:WAKESTREAM_FUZZ_KEY}" }
purposes: { p: { consent: not_needed } }
consumers: { c: { purpose: p, categories: [user, system] } }
banners: { b: {} }
rules:
  - { name: pass, allow: pass, when: { category: [system, user.unique_id] } }
  - { name: year, allow: { generalize: { to: year } }, when: { category: user.demographic } }
  - { name: domain, allow: { generalize: { to: email_domain } }, when: { category: user.contact.email } }
  - { name: bucket, allow: { generalize: { to: bucket, size: 10 } }, when: { category: user.financial } }
  - { name: members, allow: { generalize: { to: members, members: [a, b] } }, when: { category: user.contact.address } }
  - { name: mask, allow: { mask: { keep_last: 4 } }, when: { category: user.payment } }
  - { name: hash, allow: { hmac: { key: k, spelling: email } }, when: { category: user.name } }
  - { name: token, allow: { tokenize: { key: k } }, when: { category: user.account } }
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto policy = [] {
    setenv("WAKESTREAM_FUZZ_KEY", "sixteen bytes at least", 1);
    return std::move(*Policy::parse(text, "policy.yaml"));
  }();
  static const auto keys = std::move(*KeyRing::open(policy));
  const std::vector<wakestream::policy::TaggedField> fields{{"account_id", {"user.unique_id"}},
                                                            {"a", {"user.demographic"}},
                                                            {"b", {"user.contact.email"}},
                                                            {"c", {"user.financial"}},
                                                            {"d", {"user.contact.address"}},
                                                            {"e", {"user.payment"}},
                                                            {"f", {"user.name"}},
                                                            {"g", {"user.account"}},
                                                            {"h", {}}};
  static const auto shape = policy.shape("customer.created", fields);
  const auto facts = policy.facts(&shape, {"b", "DE", "{}", std::chrono::sys_seconds{}});
  const auto verdict = policy.judge(facts, policy.consumer("c"), shape);
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  std::string out;
  if (!redact(policy, keys, shape, verdict, payload, out).readable) {
    if (!out.empty()) abort();
    return 0;
  }
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag>(
      out.data(), out.size());
  if (document.HasParseError() || !document.IsObject() || document.HasMember("h")) abort();
  return 0;
}
