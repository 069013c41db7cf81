#include "mapping/place.h"

#include <algorithm>

namespace wakestream::mapping {

LineIndex::LineIndex(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t offset = 0; offset < text.size(); ++offset)
    if (text[offset] == '\n') line_starts_.push_back(offset + 1);
}

Place LineIndex::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto start = *std::prev(after);
  int column = 1;
  for (auto at = start; at < offset; ++at) {
    const bool continues = (static_cast<unsigned char>(text_[at]) & 0xC0U) == 0x80U;  // UTF-8
    if (!continues) ++column;
  }
  return {static_cast<int>(after - line_starts_.begin()), column};
}

}  // namespace wakestream::mapping
