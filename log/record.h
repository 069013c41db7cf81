// A record: what goes into a topic and comes out of it. The log knows bytes; what they mean is its
// users' matter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wakestream::log {

// A record about to be written. All views belong to the caller and are only read during the call.
struct Record {
  std::string_view topic;
  // The writer of a record decides (log/partition.h), both backends obey.
  std::int32_t partition = 0;
  std::string_view key;
  std::string_view value;
  // No value at all: in a compacted topic the key's end. `value` must be empty.
  bool tombstone = false;
  // Headers in order, packed by HeaderWriter.
  std::string_view headers;
  std::int64_t timestamp_ms = 0;  // since the Unix epoch
};

// A record as it was read; owns its bytes.
struct StoredRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = 0;
  std::string key;
  std::string value;
  bool tombstone = false;
  std::vector<std::pair<std::string, std::string>> headers;
};

// The first header of that name; empty when there is none. Valid as long as the record.
std::string_view header_of(const StoredRecord& record, std::string_view name);

// Packs headers into one buffer: for each, u16 name length, name, u32 value length, value, in host
// byte order (the packed form never leaves the process). Appending needs no allocation once the
// buffer has grown.
class HeaderWriter {
 public:
  explicit HeaderWriter(std::string& out) : out_(out) {}
  void add(std::string_view name, std::string_view value);

 private:
  std::string& out_;
};

// Reads what HeaderWriter packed; `take` returns false at the end.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view packed) : rest_(packed) {}
  bool take(std::string_view& name, std::string_view& value);

 private:
  std::string_view rest_;
};

}  // namespace wakestream::log
