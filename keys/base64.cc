#include "keys/base64.h"

#include <array>
#include <cstdint>

namespace wakestream::keys {

namespace {

constexpr std::string_view letters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const auto group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t byte = 0; byte < 3; ++byte)
      bits = bits << 8U | (byte < group.size() ? static_cast<unsigned char>(group[byte]) : 0U);
    for (std::size_t letter = 0; letter < 4; ++letter)
      text += letter <= group.size() ? letters[bits >> (18U - 6U * letter) & 63U] : '=';
  }
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
