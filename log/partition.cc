#include "log/partition.h"

#include <cstring>

namespace wakestream::log {

// Austin Appleby's MurmurHash2, with the seed that Kafka's Java client uses.
std::uint32_t murmur2(std::string_view key) {
  constexpr std::uint32_t seed = 0x9747b28c;
  constexpr std::uint32_t m = 0x5bd1e995;
  constexpr int r = 24;
  const auto length = static_cast<std::uint32_t>(key.size());
  std::uint32_t hash = seed ^ length;
  std::size_t at = 0;
  for (; at + 4 <= key.size(); at += 4) {
    std::uint32_t k = 0;
    for (std::size_t byte = 0; byte < 4; ++byte) {
      k |= static_cast<std::uint32_t>(static_cast<unsigned char>(key[at + byte])) << (8 * byte);
    }
    k *= m;
    k ^= k >> r;
    k *= m;
    hash *= m;
    hash ^= k;
  }
  const std::size_t rest = key.size() - at;
  if (rest >= 3) hash ^= static_cast<std::uint32_t>(static_cast<unsigned char>(key[at + 2])) << 16;
  if (rest >= 2) hash ^= static_cast<std::uint32_t>(static_cast<unsigned char>(key[at + 1])) << 8;
  if (rest >= 1) {
    hash ^= static_cast<std::uint32_t>(static_cast<unsigned char>(key[at]));
    hash *= m;
  }
  hash ^= hash >> 13;
  hash *= m;
  hash ^= hash >> 15;
  return hash;
}

std::int32_t partition_of(std::string_view key, std::int32_t partition_count) {
  return static_cast<std::int32_t>((murmur2(key) & 0x7fffffffU) %
                                   static_cast<std::uint32_t>(partition_count));
}

}  // namespace wakestream::log
