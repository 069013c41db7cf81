// A payload, as one consumer may see it: the verdict carried out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "policy/key_ring.h"
#include "policy/policy.h"

namespace wakestream::policy {

struct Redaction {
  // False: the payload is no JSON object, has a member twice, or a number that no double can hold
  // (rapidjson reads none larger); send nothing.
  bool readable = false;
  std::uint32_t unfit = 0;    // values that did not fit their change, and became null
  std::uint32_t unknown = 0;  // members that the event's schema does not have, left out
};

// Appends the object to `out`: members in the payload's order, what passes byte by byte as it
// stands there. `verdict` is that of the same shape, and does not withhold the event.
Redaction redact(const Policy& policy, const KeyRing& keys, const EventShape& shape,
                 const Verdict& verdict, std::string_view payload, std::string& out);

}  // namespace wakestream::policy
