#include "keys/ed25519.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace wakestream::keys {

namespace {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

constexpr std::size_t signature_bytes = 64;

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

PrivateKey key_of(std::string_view seed) {
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(seed), seed.size()),
          &EVP_PKEY_free};
}

}  // namespace

std::optional<std::string> ed25519_public_key(std::string_view seed) {
  const auto key = seed.size() == ed25519_seed_bytes ? key_of(seed) : PrivateKey{nullptr, nullptr};
  std::string out(ed25519_public_bytes, '\0');
  auto size = out.size();
  if (key == nullptr || EVP_PKEY_get_raw_public_key(
                            key.get(), reinterpret_cast<unsigned char*>(out.data()), &size) != 1)
    return std::nullopt;
  return out;
}

std::string ed25519_signature(std::string_view seed, std::string_view text) {
  const auto key = key_of(seed);
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::string out(signature_bytes, '\0');
  auto size = out.size();
  // Fails when memory runs out, and then nothing may be shown in its place.
  if (key == nullptr || context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, raw(text),
                     text.size()) != 1)
    throw std::runtime_error("Ed25519 failed");
  return out;
}

}  // namespace wakestream::keys
