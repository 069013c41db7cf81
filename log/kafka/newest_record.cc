#include "log/kafka/newest_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "log/kafka/end_offsets.h"

namespace wakestream::log::kafka {

namespace {

// A checkpoint is a record and a marker in each transaction: the first window holds the newest 32.
constexpr std::int64_t first_window = 64;
constexpr std::int64_t window_growth = 8;

constexpr Milliseconds settle_pause{5};
constexpr Milliseconds step{500};

// The end of the partition is asked for at each call, and told by the answer to an empty fetch:
// that must come at once.
constexpr ConsumerTuning tuning{
    .queued_kbytes_max = 1024, .fetch_bytes_max = 256 * 1024, .fetch_wait = Milliseconds{1}};

std::string_view key_of(const rd_kafka_message_t& message) {
  return {static_cast<const char*>(message.key), message.key_len};
}

}  // namespace

Result<std::optional<StoredRecord>> NewestRecord::find(const std::string& topic,
                                                       const std::string& key, Settled settled,
                                                       const Deadline& deadline) {
  const std::unique_lock lock(mutex_, deadline.at());
  if (!lock.owns_lock()) {
    return tl::unexpected(
        Error{ErrorKind::unreachable,
              fmt::format("topic {} could not be read within {} ms: another call was reading",
                          topic, deadline.whole().count())});
  }
  if (consumer_ == nullptr) {
    auto consumer = CommittedConsumer::open(kafka_, tuning);
    if (!consumer) return tl::unexpected(consumer.error());
    consumer_ = std::move(*consumer);
  }
  consumer_->client().notes().forget_errors();
  auto found = find_locked(topic, key, settled, deadline);
  consumer_->stop();
  return found;
}

Result<std::optional<StoredRecord>> NewestRecord::find_locked(const std::string& topic,
                                                              const std::string& key,
                                                              Settled settled,
                                                              const Deadline& deadline) {
  const auto count = partition_count(uncommitted_, topic, deadline);
  if (!count) return tl::unexpected(count.error());
  if (*count != 1) {
    return tl::unexpected(Error{
        ErrorKind::topic_shape,
        fmt::format("topic {} has {} partitions, and must have 1: the order of its records is "
                    "what says which is the newest",
                    topic, *count)});
  }
  const auto end = settled_end(topic, settled, deadline);
  if (!end) return tl::unexpected(end.error());
  const auto begin = begin_offsets(consumer_->client(), topic, 1, deadline);
  if (!begin) return tl::unexpected(begin.error());
  const std::int64_t first = begin->front();

  std::int64_t window_end = *end;
  for (std::int64_t window = first_window; window_end > first; window *= window_growth) {
    const std::int64_t window_begin = std::max(first, window_end - window);
    auto found = last_of(topic, key, window_begin, window_end, deadline);
    if (!found) return found;
    if (const auto& record = *found) {
      if (record->tombstone) return std::optional<StoredRecord>{};
      return found;
    }
    window_end = window_begin;
  }
  return std::optional<StoredRecord>{};
}

Result<std::int64_t> NewestRecord::settled_end(const std::string& topic, Settled settled,
                                               const Deadline& deadline) {
  std::int64_t high_watermark = 0;
  if (settled == Settled::required) {
    const auto watermark = end_offsets(uncommitted_, topic, 1, deadline);
    if (!watermark) return tl::unexpected(watermark.error());
    high_watermark = watermark->front();
  }
  while (true) {
    const auto stable = end_offsets(consumer_->client(), topic, 1, deadline);
    if (!stable) return tl::unexpected(stable.error());
    if (stable->front() >= high_watermark) return stable->front();
    if (deadline.passed()) {
      return tl::unexpected(Error{ErrorKind::unreachable,
                                  fmt::format("topic {} did not settle within {} ms: a transaction "
                                              "that is open holds its last stable "
                                              "offset at {}, {} behind its end",
                                              topic, deadline.whole().count(), stable->front(),
                                              high_watermark - stable->front())});
    }
    std::this_thread::sleep_for(settle_pause);
  }
}

Result<std::optional<StoredRecord>> NewestRecord::last_of(const std::string& topic,
                                                          const std::string& key,
                                                          std::int64_t begin, std::int64_t end,
                                                          const Deadline& deadline) {
  consumer_->stop();
  if (auto started = consumer_->start(topic, 0, begin); !started)
    return tl::unexpected(started.error());
  std::optional<StoredRecord> found;
  while (true) {
    const auto next = consumer_->next(deadline.left_ms(step));
    if (!next) return tl::unexpected(next.error());
    if (const auto& item = *next) {
      if (item->is_record && item->offset < end && key_of(*item->message) == key) {
        found = stored_record(*item->message);
      }
      // Behind the last record there may be a marker only, so the end is either the end of the
      // partition or what follows.
      if (item->offset >= (item->is_record ? end - 1 : end)) return found;
    }
    if (deadline.passed()) {
      return tl::unexpected(
          consumer_->client().no_answer(deadline, fmt::format("records of topic {}", topic)));
    }
  }
}

}  // namespace wakestream::log::kafka
