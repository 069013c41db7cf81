// The headers of a record that others may read: the event's attributes, as far as they are theirs.
#pragma once

#include <string>
#include <string_view>

#include "log/record.h"
#include "roles/disclosure/discloser.h"

namespace wakestream::disclosure {

// Packed. The source's table is not among them; a name that is not known stays private. `sequence`
// is the event's own where it is empty; of the policy's hash the beginning stands there.
std::string disclosed_headers(const log::StoredRecord& event, std::string_view id,
                              std::string_view subject, std::string_view sequence,
                              std::string_view policy_hash);

}  // namespace wakestream::disclosure
