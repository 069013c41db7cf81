// Is this UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF?
#pragma once

#include <cstddef>
#include <string_view>

namespace wakestream::mapping {

// How many bytes the well-formed sequence at the start of `text` has; 0 when there is none.
std::size_t utf8_sequence_bytes(std::string_view text);

// Where the first malformed sequence starts; npos when there is none.
std::size_t invalid_utf8_at(std::string_view text);

}  // namespace wakestream::mapping
