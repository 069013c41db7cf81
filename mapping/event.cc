#include "mapping/event.h"

#include <cstddef>

namespace wakestream::mapping {

namespace {

constexpr std::string_view form = "00000000-0000000000000000-0-000000000000-0000";

// Writes the digits from the last to the first: `end` is behind the field.
void put_hex(std::string& id, std::size_t end, std::size_t digits, std::uint64_t value) {
  for (std::size_t count = 0; count < digits; ++count) {
    id[--end] = "0123456789ABCDEF"[value & 0xFU];
    value >>= 4U;
  }
}

}  // namespace

std::string event_id(const ChangeOrigin& origin, EventKind kind, std::uint16_t type_index) {
  std::string id(form);
  put_hex(id, 8, 8, origin.epoch);
  put_hex(id, 25, 16, origin.commit_lsn.value());
  put_hex(id, 27, 1, static_cast<std::uint64_t>(kind));
  put_hex(id, 40, 12, origin.ordinal);
  put_hex(id, 45, 4, type_index);
  return id;
}

}  // namespace wakestream::mapping
