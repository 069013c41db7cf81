#include "roles/capture/record_batch.h"

#include <utility>

namespace wakestream::capture {

RecordBatch::RecordBatch(std::size_t record_count, std::size_t byte_count) {
  entries_.reserve(record_count);
  bytes_.reserve(byte_count);
}

void RecordBatch::add(std::string_view topic, std::int32_t partition, std::int64_t timestamp_ms,
                      std::string_view key, std::string_view headers, std::string_view value) {
  entries_.push_back({topic, partition, static_cast<std::uint32_t>(key.size()),
                      static_cast<std::uint32_t>(headers.size()),
                      static_cast<std::uint32_t>(value.size()), bytes_.size(), timestamp_ms,
                      false});
  bytes_.append(key);
  bytes_.append(headers);
  bytes_.append(value);
}

void RecordBatch::add_tombstone(std::string_view topic, std::int32_t partition,
                                std::int64_t timestamp_ms, std::string_view key) {
  add(topic, partition, timestamp_ms, key, {}, {});
  entries_.back().tombstone = true;
}

void RecordBatch::append(RecordBatch& other) {
  if (entries_.empty()) return swap(other);
  const auto shift = bytes_.size();
  bytes_.append(other.bytes_);
  for (auto entry : other.entries_) {
    entry.begin += shift;
    entries_.push_back(entry);
  }
  tally_.add(other.tally_);
  other.clear();
}

void RecordBatch::clear() {
  bytes_.clear();
  entries_.clear();
  tally_.clear();
}

void RecordBatch::swap(RecordBatch& other) noexcept {
  bytes_.swap(other.bytes_);
  entries_.swap(other.entries_);
  std::swap(tally_, other.tally_);
}

log::Record RecordBatch::at(std::size_t index) const {
  const auto& entry = entries_[index];
  const std::string_view bytes = bytes_;
  log::Record record;
  record.topic = entry.topic;
  record.partition = entry.partition;
  record.timestamp_ms = entry.timestamp_ms;
  record.tombstone = entry.tombstone;
  record.key = bytes.substr(entry.begin, entry.key_size);
  record.headers = bytes.substr(entry.begin + entry.key_size, entry.headers_size);
  record.value = bytes.substr(entry.begin + entry.key_size + entry.headers_size, entry.value_size);
  return record;
}

}  // namespace wakestream::capture
