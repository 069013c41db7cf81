// A place in PostgreSQL's write-ahead log.
//
// An Lsn has order and nothing else: no arithmetic, because the only questions that the checkpoint
// protocol may ask are "before", "at" and "behind". It is printed as PostgreSQL prints pg_lsn: two
// hexadecimal halves, 16/B374D848.
//
// Source: PostgreSQL documentation, "pg_lsn Type".
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::cdc {

class Lsn {
 public:
  // 0/0: PostgreSQL's InvalidXLogRecPtr, "no place". It sorts before every real one.
  constexpr Lsn() = default;
  constexpr explicit Lsn(std::uint64_t value) : value_(value) {}

  constexpr std::uint64_t value() const { return value_; }
  // Is this a place in the log, and not "no place"?
  constexpr bool valid() const { return value_ != 0; }

  friend constexpr auto operator<=>(Lsn, Lsn) = default;

 private:
  std::uint64_t value_ = 0;
};

std::string to_string(Lsn lsn);

// The inverse of to_string; accepts what PostgreSQL accepts (1 to 8 hexadecimal digits on each side
// of the slash).
std::optional<Lsn> parse_lsn(std::string_view text);

}  // namespace wakestream::cdc
