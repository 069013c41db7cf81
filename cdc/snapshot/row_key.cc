#include "cdc/snapshot/row_key.h"

namespace wakestream::cdc {

// Times 2^88 + 0x13B, in halves: what the low one gives beyond 64 bits goes to the high one.
void RowKeyHash::add_byte(unsigned char byte) {
  constexpr std::uint64_t small = 0x13B;
  low_ ^= byte;
  const std::uint64_t lower = (low_ & 0xFFFFFFFFU) * small;
  const std::uint64_t upper = (low_ >> 32U) * small + (lower >> 32U);
  high_ = high_ * small + (upper >> 32U) + (low_ << 24U);
  low_ = (upper << 32U) | (lower & 0xFFFFFFFFU);
}

RowKeyHash& RowKeyHash::add(std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8)
    add_byte(static_cast<unsigned char>(number >> shift));
  return *this;
}

RowKeyHash& RowKeyHash::add(std::string_view text) {
  add(static_cast<std::uint64_t>(text.size()));
  for (const char letter : text) add_byte(static_cast<unsigned char>(letter));
  return *this;
}

}  // namespace wakestream::cdc
