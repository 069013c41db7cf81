// An event as a JSON object: what a receiver gets where nobody says otherwise.
#pragma once

#include <cstdint>
#include <string>

#include "emitters/emitter.h"

namespace wakestream::emitters {

enum class WithId : std::uint8_t { no, yes };

// {"type", "timestamp", "subject", "sequence", "data"}, with the id before it where it is wanted;
// what the event does not have is left out.
void append_event_json(const Attempt& attempt, WithId with_id, std::string& out);

}  // namespace wakestream::emitters
