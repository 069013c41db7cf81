#include "log/kafka/held_back.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "log/kafka/committed_consumer.h"
#include "log/kafka/end_offsets.h"

namespace wakestream::log::kafka {

namespace {

constexpr Milliseconds look_pause{100};

// Of each partition that is behind: where it stands, and by how much.
Result<std::vector<HeldBackPartition>> behind(const Client& committed, const Client& uncommitted,
                                              std::span<const std::string> topics,
                                              const Deadline& deadline) {
  std::vector<HeldBackPartition> found;
  for (const auto& topic : topics) {
    const auto count = partition_count(uncommitted, topic, deadline);
    if (!count) return tl::unexpected(count.error());
    const auto ends = end_offsets(uncommitted, topic, *count, deadline);
    if (!ends) return tl::unexpected(ends.error());
    const auto stable = end_offsets(committed, topic, *count, deadline);
    if (!stable) return tl::unexpected(stable.error());
    for (std::int32_t partition = 0; partition < *count; ++partition) {
      const auto at = static_cast<std::size_t>(partition);
      if ((*stable)[at] < (*ends)[at])
        found.push_back({topic, partition, (*stable)[at], (*ends)[at] - (*stable)[at]});
    }
  }
  return found;
}

bool stands_where(const HeldBackPartition& now, const std::vector<HeldBackPartition>& before) {
  return std::any_of(before.begin(), before.end(), [&now](const auto& then) {
    return then.topic == now.topic && then.partition == now.partition &&
           then.stable_offset == now.stable_offset;
  });
}

}  // namespace

Result<std::vector<HeldBackPartition>> held_back(const KafkaOptions& kafka,
                                                 const Client& uncommitted,
                                                 std::span<const std::string> topics,
                                                 Milliseconds longer_than,
                                                 const Deadline& deadline) {
  const auto consumer = CommittedConsumer::open(kafka, {});
  if (!consumer) return tl::unexpected(consumer.error());
  const auto& committed = (*consumer)->client();
  const auto until = std::chrono::steady_clock::now() + longer_than;
  auto found = behind(committed, uncommitted, topics, deadline);
  while (found && !found->empty() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(look_pause);
    auto now = behind(committed, uncommitted, topics, deadline);
    if (!now) return now;
    std::erase_if(*now, [&found](const auto& one) { return !stands_where(one, *found); });
    found = std::move(now);
  }
  return found;
}

}  // namespace wakestream::log::kafka
