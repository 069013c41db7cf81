// What a policy says of one event for one consumer: each field's action, and why.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/action.h"

namespace wakestream::policy {

// Why. The unknown ones are what was missing; each of them withholds.
enum class Cause : std::uint8_t {
  rule,            // the rule says so
  no_rule,         // no rule allows it
  not_authorized,  // the consumer is not authorized for the category
  no_subject,      // the field that says whose event it is may not be shown
  unknown_field,   // it has neither a tag nor a category in the policy
  unknown_category,
  unknown_consumer,
  unknown_event,
  unknown_banner,
  unknown_jurisdiction,
  unknown_consent,
  unreadable,  // the payload is no JSON object, or a value does not fit its action
};
inline constexpr std::size_t cause_count = 12;
std::string_view to_string(Cause cause);

inline constexpr std::uint16_t no_rule_number = UINT16_MAX;

struct FieldVerdict {
  Action action = Action::drop;
  Cause cause = Cause::no_rule;
  std::uint16_t rule = no_rule_number;  // of the policy's rules, where the cause is one
  friend bool operator==(const FieldVerdict&, const FieldVerdict&) = default;
};

struct Verdict {
  // Not Action::withhold: the event goes out with what its fields' verdicts leave of it. Else why
  // it does not; the fields then have no verdicts.
  FieldVerdict event{Action::pass, Cause::no_rule, no_rule_number};
  std::vector<FieldVerdict> fields;  // in the order in which they were given
  bool withheld() const { return event.action == Action::withhold; }
};

// How often, for whoever shows it: plain numbers, one tally a thread.
struct Tally {
  std::uint64_t events = 0;
  std::array<std::uint64_t, action_count> fields{};          // by action
  std::array<std::uint64_t, cause_count> events_withheld{};  // by cause
  std::array<std::uint64_t, cause_count> fields_withheld{};  // by cause: nullified and dropped
  void count(const Verdict& verdict);
};

}  // namespace wakestream::policy
