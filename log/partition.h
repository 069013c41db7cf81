// Which partition a key belongs to.
//
// murmur2 as Apache Kafka's Java client computes it (DefaultPartitioner: toPositive(murmur2(key)) %
// partitions), so that a Java consumer computes the same partition from the same key; librdkafka
// calls it "murmur2_random".
#pragma once

#include <cstdint>
#include <string_view>

namespace wakestream::log {

std::uint32_t murmur2(std::string_view key);

// `partition_count` must be at least 1.
std::int32_t partition_of(std::string_view key, std::int32_t partition_count);

}  // namespace wakestream::log
