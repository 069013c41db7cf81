// Records on their way into one log transaction: one buffer, appended to without an allocation a
// record, and kept after it was emptied.
//
// Not thread-safe; handed from the loop to the log's thread and back as a whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "log/record.h"
#include "roles/capture/record_tally.h"

namespace wakestream::capture {

class RecordBatch {
 public:
  RecordBatch() = default;
  // Room for so much is set aside at once. It costs nothing until it is used, while growing by
  // doubling would hold up to three times as much as there is.
  RecordBatch(std::size_t record_count, std::size_t byte_count);

  // `topic` must outlive the batch: it is one of a handful of names that live as long as the role.
  void add(std::string_view topic, std::int32_t partition, std::int64_t timestamp_ms,
           std::string_view key, std::string_view headers, std::string_view value);
  // The key's end, in a compacted topic.
  void add_tombstone(std::string_view topic, std::int32_t partition, std::int64_t timestamp_ms,
                     std::string_view key);
  // Everything in `other` behind what is here; `other` is empty afterwards.
  void append(RecordBatch& other);
  void clear();
  void swap(RecordBatch& other) noexcept;

  std::size_t size() const { return entries_.size(); }
  // Of keys, headers and values.
  std::size_t byte_count() const { return bytes_.size(); }
  // What its records are; whoever adds one says so here.
  RecordTally& tally() { return tally_; }
  const RecordTally& tally() const { return tally_; }
  // Views are valid until the batch changes.
  log::Record at(std::size_t index) const;

 private:
  struct Entry {
    std::string_view topic;
    std::int32_t partition;
    std::uint32_t key_size;
    std::uint32_t headers_size;
    std::uint32_t value_size;
    std::size_t begin;
    std::int64_t timestamp_ms;
    bool tombstone;
  };
  std::string bytes_;
  std::vector<Entry> entries_;
  RecordTally tally_;
};

}  // namespace wakestream::capture
