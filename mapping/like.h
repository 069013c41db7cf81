// LIKE as PostgreSQL matches it: % is any text, _ one character, \ takes the next character as it
// is.
//
// Source: PostgreSQL documentation, "Pattern Matching", LIKE.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wakestream::mapping {

enum class LikeOutcome : std::uint8_t {
  matches,
  differs,
  open_escape,  // the pattern ends in its escape character
};

LikeOutcome like(std::string_view text, std::string_view pattern);

// The pattern with \ for its escape character; none when that is more than one character. Empty:
// there is no escape character.
std::optional<std::string> with_backslash_escape(std::string_view pattern, std::string_view escape);

}  // namespace wakestream::mapping
