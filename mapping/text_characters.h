// Text as characters, not bytes, in UTF-8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace wakestream::mapping {

// How many bytes the first character has. Bytes that are not UTF-8 count one each.
std::size_t character_bytes(std::string_view text);
std::int64_t character_count(std::string_view text);
// Where the character number `count` (from 0) starts; the text's end when it has fewer.
std::size_t character_offset(std::string_view text, std::int64_t count);

}  // namespace wakestream::mapping
