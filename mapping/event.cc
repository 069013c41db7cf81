#include "mapping/event.h"

#include <fmt/format.h>

namespace wakestream::mapping {

std::string event_id(const ChangeOrigin& origin, EventKind kind, std::uint16_t type_index) {
  return fmt::format("{:08X}-{:016X}-{:01X}-{:012X}-{:04X}", origin.epoch,
                     origin.commit_lsn.value(), static_cast<unsigned>(kind), origin.ordinal,
                     type_index);
}

}  // namespace wakestream::mapping
