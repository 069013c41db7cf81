#include "keys/key.h"

#include <openssl/rand.h>

#include <stdexcept>

#include "keys/digest.h"

namespace wakestream::keys {

namespace {

constexpr std::size_t id_digits = 16;

// 16 and more: none.
unsigned value_of(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  return 16;
}

}  // namespace

Key Key::make() {
  std::string bytes(byte_count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(byte_count)) != 1)
    throw std::runtime_error("the system gives no random numbers");
  return Key(std::move(bytes));
}

std::optional<Key> Key::parse(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() != 2 * byte_count) return std::nullopt;
  std::string bytes;
  bytes.reserve(byte_count);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const auto high = value_of(text[at]);
    const auto low = value_of(text[at + 1]);
    if (high > 15 || low > 15) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4U | low));
  }
  return Key(std::move(bytes));
}

std::string Key::reveal() const { return hex(bytes_); }

std::string Key::id() const {
  return hex(hmac_sha256(bytes_, "wakestream key id")).substr(0, id_digits);
}

std::string Key::pseudonym(std::string_view name) const {
  constexpr std::string_view purpose("wakestream pseudonym\0", 21);
  std::string text(purpose);
  text += name;
  return hex(hmac_sha256(bytes_, text));
}

}  // namespace wakestream::keys
