#include "log/embedded/text_bytes.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wakestream::log::embedded {

namespace {

constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
constexpr std::uint64_t low_bits = 0x0101010101010101ULL;

// Eight ASCII bytes, none zero. A byte is zero only if subtracting 1 borrows into its high bit,
// which is clear otherwise for ASCII.
bool eight_plain(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return ((word | (word - low_bits)) & high_bits) == 0;
}

// The length of the well-formed sequence at the start of `bytes`, 0 when there is none.
std::size_t sequence_length(const unsigned char* at, std::size_t left) {
  const unsigned char lead = at[0];
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  const auto continues = [&](std::size_t index, unsigned char low, unsigned char high) {
    return index < left && at[index] >= low && at[index] <= high;
  };
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1, 0x80, 0xbf) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned char low = lead == 0xe0 ? 0xa0 : 0x80;
    const unsigned char high = lead == 0xed ? 0x9f : 0xbf;
    return continues(1, low, high) && continues(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned char low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = lead == 0xf4 ? 0x8f : 0xbf;
    return continues(1, low, high) && continues(2, 0x80, 0xbf) && continues(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_text(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (at + 8 <= bytes.size() && eight_plain(bytes.data() + at)) {
      at += 8;
      continue;
    }
    const auto* here = reinterpret_cast<const unsigned char*>(bytes.data() + at);
    const std::size_t length = sequence_length(here, bytes.size() - at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace wakestream::log::embedded
