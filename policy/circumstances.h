// Under which circumstances a field is judged: everything that a rule's `when` can ask for, beside
// the field's category.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/definition.h"

namespace wakestream::policy {

// A rule's event that no rule names.
inline constexpr NameId other_event = UINT16_MAX;

struct Circumstances {
  NameId consumer = 0;
  NameId banner = 0;
  NameId jurisdiction = 0;
  NameId event = other_event;  // of Definition::events
  ConsentState consent = ConsentState::unknown;
  std::chrono::sys_seconds at;
};

// Nothing: the rule holds for a field of this category (nothing: an unknown one). Else what it asks
// for and is not so: "regime", "consent" ...
//
// The two sides differ where something is not known, each so that less is shown: a deny holds for
// a field that is tagged more coarsely than it asks for, or not at all, and for an unknown consent;
// an allow does not.
std::optional<std::string_view> unmet(const Definition& definition, const PolicyRule& rule,
                                      const Circumstances& circumstances,
                                      std::optional<CategoryId> category);

// The same of parts: by the rule and one dimension alone. policy/rule_index.h tabulates these.
bool category_fits(const Definition& definition, const PolicyRule& rule,
                   std::optional<CategoryId> category);
bool consumer_fits(const Definition& definition, const PolicyRule& rule, NameId consumer);
bool jurisdiction_fits(const Definition& definition, const PolicyRule& rule, NameId jurisdiction,
                       std::chrono::sys_seconds at);
bool consent_fits(const PolicyRule& rule, ConsentState state);
bool time_fits(const PolicyRule& rule, std::chrono::sys_seconds at);

template <class List, class One>
bool asks_for(const List& list, const One& one) {
  for (const auto& each : list)
    if (each == one) return true;
  return list.empty();
}

}  // namespace wakestream::policy
