#include "log/kafka/partition_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "log/kafka/end_offsets.h"

namespace wakestream::log::kafka {

namespace {

// What all partitions together may have waiting in memory, and what one batch may hold.
constexpr int queued_kbytes_max = 2 * 1024;
constexpr std::size_t batch_bytes_max = std::size_t{4} * 1024 * 1024;
constexpr auto nobody_waits_for = std::numeric_limits<std::int64_t>::max();

}  // namespace

template <class OffsetsOf>
Result<std::unique_ptr<Reader>> PartitionReader::open_where(const KafkaOptions& kafka,
                                                            const Client& admin,
                                                            const std::string& topic,
                                                            OffsetsOf offsets_of) {
  const Deadline deadline(kafka.request_deadline);
  const auto count = partition_count(admin, topic, deadline);
  if (!count) return tl::unexpected(count.error());
  ConsumerTuning tuning;
  tuning.queued_kbytes_max = std::max(64, queued_kbytes_max / *count);
  tuning.fetch_bytes_max = tuning.queued_kbytes_max * 1024 / 4;
  auto consumer = CommittedConsumer::open(kafka, tuning);
  if (!consumer) return tl::unexpected(consumer.error());
  const Result<std::vector<std::int64_t>> starts =
      offsets_of((*consumer)->client(), *count, deadline);
  if (!starts) return tl::unexpected(starts.error());
  for (std::int32_t partition = 0; partition < *count; ++partition) {
    const auto start = (*starts)[static_cast<std::size_t>(partition)];
    if (start == left_out) continue;
    if (auto started = (*consumer)->start(topic, partition, start); !started)
      return tl::unexpected(started.error());
  }
  return std::unique_ptr<Reader>(
      new PartitionReader(std::move(*consumer), admin, topic, *starts, kafka.request_deadline));
}

Result<std::unique_ptr<Reader>> PartitionReader::open(const KafkaOptions& kafka,
                                                      const Client& admin, const std::string& topic,
                                                      ReadFrom from) {
  // By number, asked now. Of the end because what is committed once this returns is to be read; the
  // last stable offset and not the high watermark, because a transaction that is open now is
  // committed later. Of the beginning because librdkafka would ask before it is connected, and
  // again only after half a second.
  return open_where(
      kafka, admin, topic, [&](const Client& client, std::int32_t count, const Deadline& deadline) {
        return from == ReadFrom::latest ? end_offsets(client, topic, count, deadline)
                                        : begin_offsets(client, topic, count, deadline);
      });
}

// An offset below the beginning is what retention took, and is said. (The beginning of a compacted
// topic does not move.)
Result<std::unique_ptr<Reader>> PartitionReader::open_at(
    const KafkaOptions& kafka, const Client& admin, const std::string& topic,
    std::span<const std::int64_t> next_offsets) {
  return open_where(
      kafka, admin, topic,
      [&](const Client& client, std::int32_t count,
          const Deadline& deadline) -> Result<std::vector<std::int64_t>> {
        if (next_offsets.size() != static_cast<std::size_t>(count))
          return tl::unexpected(
              Error{ErrorKind::topic_shape,
                    fmt::format("topic {} has {} partitions, and is to be read from {} offsets",
                                topic, count, next_offsets.size())});
        auto starts = begin_offsets(client, topic, count, deadline);
        if (!starts) return starts;
        for (std::size_t at = 0; at < next_offsets.size(); ++at) {
          if (next_offsets[at] > 0 && next_offsets[at] < (*starts)[at])
            return tl::unexpected(
                Error{ErrorKind::removed,
                      fmt::format("topic {}, partition {}: retention removed offsets {} to {} "
                                  "before they were read; {} is the first that is left",
                                  topic, at, next_offsets[at], (*starts)[at] - 1, (*starts)[at])});
          (*starts)[at] =
              next_offsets[at] == left_out ? left_out : std::max((*starts)[at], next_offsets[at]);
        }
        return starts;
      });
}

PartitionReader::PartitionReader(std::unique_ptr<CommittedConsumer> consumer, const Client& admin,
                                 std::string topic, std::span<const std::int64_t> starts,
                                 Milliseconds request_deadline)
    : consumer_(std::move(consumer)),
      admin_(admin),
      topic_(std::move(topic)),
      request_deadline_(request_deadline),
      partitions_(starts.size()) {
  for (std::size_t at = 0; at < starts.size(); ++at)
    partitions_[at].is_left_out = starts[at] == left_out;
}

Result<ReadBatch> PartitionReader::poll(std::size_t record_count_max, Milliseconds wait) {
  const Deadline deadline(wait);
  ReadBatch batch;
  std::size_t bytes = 0;
  while (batch.records.size() < record_count_max && bytes < batch_bytes_max) {
    // Once there is a record, only what waits already is added to it.
    auto next = consumer_->next(batch.records.empty() ? deadline.left_ms() : 0);
    if (!next) {
      // What was taken is handed over first; the error will come again.
      if (!batch.records.empty()) return batch;
      return tl::unexpected(next.error());
    }
    if (auto& item = *next) {
      if (item->is_record) bytes += item->message->len + item->message->key_len;
      take(std::move(*item), batch);
    } else if (!batch.records.empty() || deadline.passed()) {
      break;
    }
  }
  auto& notes = consumer_->client().notes();
  if (!batch.records.empty()) notes.forget_errors();
  if (batch.records.empty() && is_away()) {
    auto error = consumer_->client().no_answer(deadline, "records of topic " + topic_);
    // The next poll shall judge for itself: a broker that is still away says so again at the next
    // try to connect.
    notes.forget_errors();
    return tl::unexpected(std::move(error));
  }
  return batch;
}

std::vector<std::int64_t> PartitionReader::positions() const {
  std::vector<std::int64_t> found;
  found.reserve(partitions_.size());
  for (const auto& partition : partitions_)
    found.push_back(partition.is_left_out ? nobody_waits_for : partition.next_offset);
  return found;
}

// librdkafka before 2.11 says when the last broker is lost; later ones begin anew with
// bootstrap.servers instead, and say it no more. So where a connection was lost, the broker is
// asked.
bool PartitionReader::is_away() {
  auto& notes = consumer_->client().notes();
  if (notes.all_brokers_down() || notes.refused() || notes.untrusted()) return true;
  if (!notes.disconnected()) return false;
  if (!end_offsets(consumer_->client(), topic_, static_cast<std::int32_t>(partitions_.size()),
                   Deadline(Milliseconds{1'000})))
    return true;
  notes.forget_errors();
  return false;
}

void PartitionReader::take(CommittedConsumer::Item item, ReadBatch& batch) {
  auto& partition = partitions_[static_cast<std::size_t>(item.partition)];
  partition.ended = !item.is_record;
  partition.next_offset = item.is_record ? item.offset + 1 : item.offset;
  if (item.is_record) batch.records.push_back(stored_record(*item.message));
}

bool PartitionReader::at_end() {
  for (const auto& partition : partitions_) {
    if (!partition.ended && !partition.is_left_out) return false;
  }
  const auto ends = end_offsets(admin_, topic_, static_cast<std::int32_t>(partitions_.size()),
                                Deadline(request_deadline_));
  if (!ends) return false;  // not known is not at the end
  for (std::size_t at = 0; at < partitions_.size(); ++at) {
    if (!partitions_[at].is_left_out && partitions_[at].next_offset < (*ends)[at]) return false;
  }
  return true;
}

}  // namespace wakestream::log::kafka
