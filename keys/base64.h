// Base64 (RFC 4648), with padding.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wakestream::keys {

std::string base64(std::string_view bytes);
// Padding may be missing; nothing when anything else is wrong.
std::optional<std::string> base64_bytes(std::string_view text);

}  // namespace wakestream::keys
