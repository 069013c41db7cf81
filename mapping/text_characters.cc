#include "mapping/text_characters.h"

#include <algorithm>

#include "mapping/utf8.h"

namespace wakestream::mapping {

std::size_t character_bytes(std::string_view text) {
  if (text.empty()) return 0;
  if (static_cast<unsigned char>(text[0]) < 0x80) return 1;
  return std::max<std::size_t>(utf8_sequence_bytes(text), 1);
}

std::int64_t character_count(std::string_view text) {
  std::int64_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(character_bytes(text));
  return count;
}

std::size_t character_offset(std::string_view text, std::int64_t count) {
  std::size_t offset = 0;
  for (; count > 0 && offset < text.size(); --count) offset += character_bytes(text.substr(offset));
  return offset;
}

}  // namespace wakestream::mapping
