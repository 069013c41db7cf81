// SHA-256, as 64 hexadecimal digits.
#pragma once

#include <string>
#include <string_view>

namespace wakestream::policy {

std::string sha256_hex(std::string_view bytes);
std::string hex(std::string_view bytes);

}  // namespace wakestream::policy
