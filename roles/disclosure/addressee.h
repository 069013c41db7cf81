// For whom an event is: pure.
//
// Events are for everybody who subscribed to them. A snapshot that was asked for by one consumer
// (`wakestream consumer bootstrap`) gives its rows' events to that one alone: they stand in the
// same topic, so that they keep their place among the account's other events.
#pragma once

#include <string_view>

#include "log/record.h"

namespace wakestream::disclosure {

// The consumer; empty: everybody.
inline std::string_view addressee(const log::StoredRecord& event) {
  return log::header_of(event, "ce_consumer");
}

}  // namespace wakestream::disclosure
