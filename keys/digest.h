// SHA-256 and what is keyed by a secret (HMAC), by OpenSSL.
#pragma once

#include <string>
#include <string_view>

namespace wakestream::keys {

// Two lower-case hexadecimal digits a byte.
std::string hex(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

// HMAC (RFC 2104), as bytes: 32 and 64 of them.
std::string hmac_sha256(std::string_view key, std::string_view text);
std::string hmac_sha512(std::string_view key, std::string_view text);

}  // namespace wakestream::keys
