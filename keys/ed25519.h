// Signatures by Ed25519 (RFC 8032), by OpenSSL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wakestream::keys {

inline constexpr std::size_t ed25519_seed_bytes = 32;
inline constexpr std::size_t ed25519_public_bytes = 32;

// The public key of a private one, which is a seed of 32 bytes. Nothing when it has another length.
std::optional<std::string> ed25519_public_key(std::string_view seed);

// 64 bytes. `seed` has its 32.
std::string ed25519_signature(std::string_view seed, std::string_view text);

}  // namespace wakestream::keys
