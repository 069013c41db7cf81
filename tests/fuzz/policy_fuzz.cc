// Any text as a policy: a policy or problems, never a crash; and a policy that loads judges, and a
// payload that it cannot read gives nothing.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "policy/policy.h"
#include "policy/redaction.h"

namespace {

using wakestream::policy::Policy;

void judge(const Policy& policy, std::string_view payload) {
  const std::vector<wakestream::policy::TaggedField> fields{
      {"account_id", {"user.unique_id"}}, {"email", {"user.contact.email"}}, {"other", {}}};
  const auto shape = policy.shape("customer.created", fields);
  const auto keys = wakestream::policy::KeyRing::open(policy);
  const auto& definition = policy.definition();
  for (const auto& banner : definition.banners.names()) {
    const auto facts = policy.facts(&shape, {banner, "US-CA", payload, std::chrono::sys_seconds{}});
    for (const auto& consumer : definition.consumer_names.names()) {
      const auto verdict = policy.judge(facts, policy.consumer(consumer), shape);
      std::string out;
      if (keys && !redact(policy, *keys, shape, verdict, payload, out).readable && !out.empty())
        abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // A reference would read the fuzzer's own files.
  if (text.find("${file:") != std::string_view::npos) return 0;
  const auto policy = Policy::parse(text, "fuzz.yaml");
  if (!policy && policy.error().empty()) abort();
  if (policy) judge(*policy, text);
  return 0;
}
