// A member's consent, as the account's JSON says it: one state for each key that a purpose asks
// for.
//
//   {"email": true, "sms": "denied", "share": {"partners": "granted"}}
//
// Nothing is guessed: what is missing, is no object, is not one of the words, or stands there twice
// is unknown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/name_table.h"

namespace wakestream::policy {

// From what allows most to what allows least.
enum class ConsentState : std::uint8_t {
  not_needed,  // the purpose has another legal basis
  granted,
  not_asked,  // said to be so; a key that is missing is unknown
  denied,
  unknown,
};
inline constexpr std::size_t consent_state_count = 5;
std::string_view to_string(ConsentState state);

inline constexpr std::size_t consent_keys_max = 32;
// By the number of the key in the policy.
using ConsentStates = std::array<ConsentState, consent_keys_max>;

struct ConsentWords {
  std::vector<std::string> granted{"granted", "opt_in"};
  std::vector<std::string> not_asked{"not_asked"};
  std::vector<std::string> denied{"denied", "opt_out", "withdrawn"};
};

// Nothing and "null" are an unknown consent. A key's dots lead into objects.
ConsentStates read_consent(std::optional<std::string_view> json, std::span<const std::string> keys,
                           const ConsentWords& words);

// Of two, key by key, what allows less: an event's own consent and the account's now.
ConsentStates narrower(const ConsentStates& left, const ConsentStates& right);

// Of all keys that a purpose asks for, what allows least; not_needed without a key.
ConsentState consent_for(std::span<const NameId> keys, const ConsentStates& states);

}  // namespace wakestream::policy
