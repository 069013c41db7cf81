#include "log/embedded/file_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "log/embedded/header_text.h"

namespace wakestream::log::embedded {

namespace {

constexpr std::size_t batch_bytes_max = std::size_t{4} << 20U;
constexpr Milliseconds data_version_pause{2};

}  // namespace

Result<StoredRecord> stored_record(const Statement& row, const StoredTopic& topic,
                                   std::int32_t partition) {
  StoredRecord record;
  record.partition = partition;
  record.offset = row.number(0);
  record.timestamp_ms = row.number(1);
  record.key = row.bytes(2);
  record.tombstone = row.is_null(3);
  record.value = row.bytes(3);
  if (!read_header_text(row.bytes(4), record.headers)) {
    return tl::unexpected(
        Error{ErrorKind::corrupt,
              fmt::format("topic {}, partition {}, offset {}: the headers are no JSON "
                          "object of the form that wakestream writes",
                          topic.name, partition, record.offset)});
  }
  return record;
}

Result<std::unique_ptr<FileReader>> FileReader::open(Connection connection, StoredTopic topic,
                                                     ReadFrom from) {
  std::unique_ptr<FileReader> reader(new FileReader(std::move(connection), std::move(topic)));
  if (auto ready = reader->prepare(from); !ready) return tl::unexpected(std::move(ready.error()));
  return reader;
}

Result<std::unique_ptr<FileReader>> FileReader::open_at(
    Connection connection, StoredTopic topic, std::span<const std::int64_t> next_offsets) {
  if (next_offsets.size() != static_cast<std::size_t>(topic.partition_count))
    return tl::unexpected(
        Error{ErrorKind::topic_shape,
              fmt::format("topic {} has {} partitions, and is to be read from {} offsets",
                          topic.name, topic.partition_count, next_offsets.size())});
  auto reader = open(std::move(connection), std::move(topic), ReadFrom::earliest);
  if (!reader) return reader;
  for (std::size_t at = 0; at < next_offsets.size(); ++at) {
    auto& partition = (*reader)->partitions_[at];
    partition.is_left_out = next_offsets[at] == left_out;
    partition.next_offset = next_offsets[at];
    partition.has_begun = next_offsets[at] > 0;
  }
  return reader;
}

Result<void> FileReader::prepare(ReadFrom from) {
  const auto set = [&](Statement& statement, const std::string& sql) -> Result<void> {
    auto prepared = connection_.prepare(sql, Stage::opening);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    statement = std::move(*prepared);
    return {};
  };
  auto ready = set(begin_, "BEGIN");
  if (ready) ready = set(end_, "COMMIT");
  if (ready) ready = set(data_version_, "PRAGMA data_version");
  partitions_.resize(static_cast<std::size_t>(topic_.partition_count));
  for (std::int32_t number = 0; ready && number < topic_.partition_count; ++number) {
    auto& slot = partitions_[static_cast<std::size_t>(number)];
    const auto table = record_table(topic_.id, number);
    ready = set(
        slot.query,
        fmt::format("SELECT offset, timestamp_ms, key, value, headers FROM {} WHERE offset >= ?1 "
                    "ORDER BY offset",
                    table));
    if (ready && from == ReadFrom::latest) {
      const auto end = end_offset(connection_, topic_, number, Stage::opening);
      if (!end) return tl::unexpected(end.error());
      slot.next_offset = *end;
      slot.has_begun = true;
    }
  }
  return ready;
}

Result<ReadBatch> FileReader::poll(std::size_t record_count_max, Milliseconds wait) {
  const auto give_up = std::chrono::steady_clock::now() + wait;
  for (;;) {
    const auto changed = something_new();
    if (!changed) return tl::unexpected(changed.error());
    if (*changed || !at_end_) {
      auto batch = read_batch(record_count_max);
      if (!batch) return batch;
      if (!batch->records.empty()) return batch;
    }
    const auto left = give_up - std::chrono::steady_clock::now();
    if (left <= Milliseconds::zero()) return ReadBatch{};
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(data_version_pause, left));
  }
}

Result<bool> FileReader::something_new() {
  // Asked before reading: what is committed between the two is read now and looked for once more.
  const int code = data_version_.step();
  const auto version = code == SQLITE_ROW ? data_version_.number(0) : 0;
  data_version_.reset();
  if (code != SQLITE_ROW) return tl::unexpected(connection_.error(code, Stage::reading));
  const bool changed = version != data_version_seen_;
  data_version_seen_ = version;
  return changed;
}

Result<ReadBatch> FileReader::read_batch(std::size_t record_count_max) {
  if (const int code = begin_.execute(); code != SQLITE_DONE) {
    return tl::unexpected(connection_.error(code, Stage::reading));
  }
  ReadBatch batch;
  at_end_ = true;
  std::size_t batch_bytes = 0;
  Result<void> failed;
  for (std::int32_t step = 0; step < topic_.partition_count && failed; ++step) {
    const auto number = (first_partition_ + step) % topic_.partition_count;
    if (partitions_[static_cast<std::size_t>(number)].is_left_out) continue;
    failed = check_removed(number);
    if (!failed) break;
    const auto ended = read_partition(number, record_count_max, batch, batch_bytes);
    if (!ended) failed = tl::unexpected(ended.error());
    if (ended && !*ended) at_end_ = false;
  }
  first_partition_ = (first_partition_ + 1) % topic_.partition_count;
  end_.execute();
  if (!failed) {
    at_end_ = false;
    return tl::unexpected(std::move(failed.error()));
  }
  return batch;
}

Result<void> FileReader::check_removed(std::int32_t number) {
  if (removed_.get() == nullptr) {
    const auto exists = connection_.number(
        "SELECT count(*) FROM sqlite_schema WHERE name = 'removed'", Stage::reading);
    if (!exists) return tl::unexpected(exists.error());
    if (*exists == 0) return {};
    auto prepared = connection_.prepare(
        "SELECT before_offset FROM removed WHERE topic_id = ?1 AND partition = ?2", Stage::reading);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    removed_ = std::move(*prepared);
  }
  removed_.bind(1, topic_.id);
  removed_.bind(2, number);
  const int code = removed_.step();
  const auto before = code == SQLITE_ROW ? removed_.number(0) : 0;
  removed_.reset();
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return tl::unexpected(connection_.error(code, Stage::reading));
  auto& slot = partitions_[static_cast<std::size_t>(number)];
  if (slot.next_offset >= before) return {};
  const auto missing_from = std::exchange(slot.next_offset, before);
  if (!slot.has_begun) return {};
  return tl::unexpected(
      Error{ErrorKind::removed,
            fmt::format("topic {}, partition {}: retention removed offsets {} to {} before they "
                        "were read; {} is the first that is left",
                        topic_.name, number, missing_from, before - 1, before)});
}

Result<bool> FileReader::read_partition(std::int32_t number, std::size_t record_count_max,
                                        ReadBatch& batch, std::size_t& batch_bytes) {
  auto& slot = partitions_[static_cast<std::size_t>(number)];
  auto& query = slot.query;
  query.bind(1, slot.next_offset);
  int code = SQLITE_OK;
  bool full = false;
  while ((code = query.step()) == SQLITE_ROW) {
    full = batch.records.size() >= record_count_max || batch_bytes >= batch_bytes_max;
    if (full) break;
    auto record = stored_record(query, topic_, number);
    if (!record) {
      query.reset();
      return tl::unexpected(std::move(record.error()));
    }
    batch_bytes += record->key.size() + record->value.size() + query.bytes(4).size();
    slot.next_offset = record->offset + 1;
    slot.has_begun = true;
    batch.records.push_back(std::move(*record));
  }
  query.reset();
  if (!full && code != SQLITE_DONE) return tl::unexpected(connection_.error(code, Stage::reading));
  return !full;
}

}  // namespace wakestream::log::embedded
