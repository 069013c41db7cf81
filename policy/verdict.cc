#include "policy/verdict.h"

namespace wakestream::policy {

namespace {
constexpr std::array<std::string_view, cause_count> words{"rule",
                                                          "no_rule",
                                                          "not_authorized",
                                                          "no_subject",
                                                          "unknown_field",
                                                          "unknown_category",
                                                          "unknown_consumer",
                                                          "unknown_event",
                                                          "unknown_banner",
                                                          "unknown_jurisdiction",
                                                          "unknown_consent",
                                                          "unreadable"};
}

std::string_view to_string(Cause cause) { return words[static_cast<std::size_t>(cause)]; }

void Tally::count(const Verdict& verdict) {
  ++events;
  if (verdict.withheld()) ++events_withheld[static_cast<std::size_t>(verdict.event.cause)];
  for (const auto& field : verdict.fields) {
    ++fields[static_cast<std::size_t>(field.action)];
    if (!discloses(field.action)) ++fields_withheld[static_cast<std::size_t>(field.cause)];
  }
}

}  // namespace wakestream::policy
