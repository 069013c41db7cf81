#include "roles/deliver/urgency.h"

#include "policy/consent.h"
#include "roles/disclosure/event_words.h"

namespace wakestream::deliver {

namespace {

constexpr std::string_view consent_changed = "customer.consent_changed";

bool is_narrower(const log::StoredRecord& event, const policy::Policy& policy) {
  const auto words = disclosure::read_words(event.value);
  if (!words || !words->previous_consent_json) return true;
  const auto& definition = policy.definition();
  const auto read = [&](const std::optional<std::string>& json) {
    return policy::read_consent(json, definition.consent_keys.names(), definition.consent_words);
  };
  const auto before = read(words->previous_consent_json);
  return policy::narrower(before, read(words->consent_json)) != before;
}

}  // namespace

std::set<std::string, std::less<>> deletion_types() { return {"customer.deletion_requested"}; }

bool is_urgent(const log::StoredRecord& event, const policy::Policy& policy) {
  const auto type = log::header_of(event, "ce_type");
  if (deletion_types().contains(type)) return true;
  return type == consent_changed && is_narrower(event, policy);
}

}  // namespace wakestream::deliver
