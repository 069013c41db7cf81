// Standard Webhooks: the signature of a message, by every secret that is in force.
//
// A secret is `whsec_` and base64 of 24 to 64 bytes (symmetric, HMAC-SHA-256, "v1"), or `whsk_` and
// base64 of an Ed25519 private key (asymmetric, "v1a"): its seed of 32 bytes, or seed and public
// key, 64 bytes. While a secret is rotated, both the new and the old one sign, and the receiver
// takes either.
//
// Source: standard-webhooks specification, 1.0.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "keys/secret.h"

namespace wakestream::emitters {

class SigningSecret {
 public:
  // Nothing when it is neither of both.
  static std::optional<SigningSecret> parse(std::string_view text);

  // "v1,<base64>" or "v1a,<base64>", of `id.timestamp.body`.
  std::string signature(std::string_view id, std::string_view timestamp_s,
                        std::string_view body) const;

  // What the receiver checks with, of an asymmetric one: `whpk_` and base64. It is no secret.
  std::optional<std::string> public_key() const;

 private:
  SigningSecret(keys::Secret bytes, bool asymmetric)
      : bytes_(std::move(bytes)), asymmetric_(asymmetric) {}

  keys::Secret bytes_;
  bool asymmetric_;
};

// The header webhook-signature: one signature a secret, in their order.
std::string webhook_signature(std::span<const SigningSecret> secrets, std::string_view id,
                              std::string_view timestamp_s, std::string_view body);

}  // namespace wakestream::emitters
