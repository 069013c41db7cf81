// One value of a payload, changed as a rule says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/action.h"
#include "policy/key_ring.h"

namespace wakestream::policy {

enum class ValueKind : std::uint8_t { null, text, number, boolean, structure };

struct JsonPiece {
  ValueKind kind = ValueKind::null;
  std::string_view raw;   // as it stands in the payload
  std::string_view text;  // a text's characters, without quotes and escapes
};

// The value as JSON. NULL stays NULL. Nothing: the value does not fit the change (a year of what is
// no date), and so may not be shown.
std::optional<std::string> changed(const Transform& transform, const JsonPiece& value,
                                   const KeyRing& keys);

}  // namespace wakestream::policy
