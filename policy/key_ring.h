// The keys of a policy, followed from their references: for hashing and tokens, and never shown.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "policy/name_table.h"
#include "yaml/problem.h"

namespace wakestream::policy {

class Policy;

inline constexpr std::size_t key_bytes_min = 16;

class KeyRing {
 public:
  // A reference that leads nowhere, and a key that is too short, are problems at its name.
  static tl::expected<KeyRing, std::vector<yaml::Problem>> open(const Policy& policy);

  // Lower-case hexadecimal HMAC-SHA-256.
  std::string hmac(NameId key, std::string_view text) const;
  // "tok_" and the hexadecimal text of AES-256-SIV (RFC 5297): its 16-byte tag, then what is
  // encrypted. The same value gives the same token. Its key is HMAC-SHA-512 of "wakestream token"
  // by the policy's key.
  std::string token(NameId key, std::string_view text) const;

 private:
  std::vector<std::string> keys_;  // by Definition::keys
};

}  // namespace wakestream::policy
