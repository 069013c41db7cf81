// A secret key of 256 bits. It is written and read as 64 hexadecimal digits; nothing shows it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wakestream::keys {

class Key {
 public:
  static constexpr std::size_t byte_count = 32;

  // From the system's random numbers.
  static Key make();
  // 64 hexadecimal digits, and a line end or none. Nothing when it is anything else.
  static std::optional<Key> parse(std::string_view text);

  // For the store that keeps it, and for nobody else.
  std::string reveal() const;

  // Says which key it is and nothing about it: 16 hexadecimal digits of HMAC-SHA-256 of "wakestream
  // key id". Stands beside what was made with the key, so that another one is never taken for it.
  std::string id() const;
  // The name of something that can neither be read nor be guessed without the key: 64 hexadecimal
  // digits of HMAC-SHA-256 of "wakestream pseudonym", a zero byte, and the name.
  std::string pseudonym(std::string_view name) const;

 private:
  explicit Key(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

}  // namespace wakestream::keys
