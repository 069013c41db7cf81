#include "emitters/webhook/signature.h"

#include <fmt/format.h>

#include "keys/base64.h"
#include "keys/digest.h"
#include "keys/ed25519.h"

namespace wakestream::emitters {

namespace {

constexpr std::string_view symmetric_prefix = "whsec_";
constexpr std::string_view asymmetric_prefix = "whsk_";
constexpr std::size_t symmetric_bytes_min = 24;
constexpr std::size_t symmetric_bytes_max = 64;

std::optional<std::string> seed_of(std::string_view key) {
  const auto seed = key.substr(0, keys::ed25519_seed_bytes);
  const auto public_key = keys::ed25519_public_key(seed);
  // Of a pair both halves must belong together: what is signed could not be checked otherwise.
  if (!public_key || (key.size() != seed.size() && key.substr(seed.size()) != *public_key))
    return std::nullopt;
  return std::string(seed);
}

}  // namespace

std::optional<SigningSecret> SigningSecret::parse(std::string_view text) {
  if (text.starts_with(symmetric_prefix)) {
    auto bytes = keys::base64_bytes(text.substr(symmetric_prefix.size()));
    if (!bytes || bytes->size() < symmetric_bytes_min || bytes->size() > symmetric_bytes_max)
      return std::nullopt;
    return SigningSecret(keys::Secret(std::move(*bytes)), false);
  }
  if (!text.starts_with(asymmetric_prefix)) return std::nullopt;
  const auto bytes = keys::base64_bytes(text.substr(asymmetric_prefix.size()));
  auto seed = bytes ? seed_of(*bytes) : std::nullopt;
  if (!seed) return std::nullopt;
  return SigningSecret(keys::Secret(std::move(*seed)), true);
}

std::string SigningSecret::signature(std::string_view id, std::string_view timestamp_s,
                                     std::string_view body) const {
  const auto content = fmt::format("{}.{}.{}", id, timestamp_s, body);
  if (asymmetric_) return "v1a," + keys::base64(keys::ed25519_signature(bytes_.reveal(), content));
  return "v1," + keys::base64(keys::hmac_sha256(bytes_.reveal(), content));
}

std::optional<std::string> SigningSecret::public_key() const {
  if (!asymmetric_) return std::nullopt;
  const auto key = keys::ed25519_public_key(bytes_.reveal());
  return key ? std::optional("whpk_" + keys::base64(*key)) : std::nullopt;
}

std::string webhook_signature(std::span<const SigningSecret> secrets, std::string_view id,
                              std::string_view timestamp_s, std::string_view body) {
  std::string text;
  for (const auto& secret : secrets) {
    if (!text.empty()) text += ' ';
    text += secret.signature(id, timestamp_s, body);
  }
  return text;
}

}  // namespace wakestream::emitters
