// What the index of what was said (context/said_index.h) knows of an event, from the event itself
// and from its record in the log: the same for both.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "context/said_index.h"

namespace wakestream::capture {

// What an event says. Where and when it is said is no part of it.
struct SaidWords {
  std::string_view type;
  std::string_view account_id;
  std::string_view table;
  std::string_view schema_version;
  std::string_view payload;
};

std::uint64_t said_key(std::string_view type, std::string_view account_id);

// At the place that its sequence (mapping/event.h) names; nothing when that is none.
std::optional<context::SaidEvent> said_event(std::uint32_t type_number, const SaidWords& words,
                                             std::string_view sequence);

}  // namespace wakestream::capture
