#include "keys/base64.h"

#include <openssl/evp.h>

#include <cstdint>

namespace wakestream::keys {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(std::string_view bytes) {
  // One more, for the zero byte that OpenSSL puts behind it.
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                    reinterpret_cast<const unsigned char*>(bytes.data()),
                                    static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> base64_bytes(std::string_view text) {
  auto rest = text;
  for (int padding = 0; padding < 2 && rest.ends_with('='); ++padding) rest.remove_suffix(1);
  if (rest.size() % 4 == 1 || (rest.size() != text.size() && text.size() % 4 != 0))
    return std::nullopt;
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const auto letter : rest) {
    const auto value = letters.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes += static_cast<char>(bits >> bit_count & 255U);
  }
  // What is left over must be nothing: else two texts would be the same bytes.
  if ((bits & ((1U << bit_count) - 1U)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace wakestream::keys
