// How far a consumer has come in one partition of the events: pure.
//
// Lanes go on side by side, so events end in any order. Everything below `read` has ended, but for
// the few that are `unfinished`. That is on record in the transaction that has what came of them:
// so after a restart what has ended is not done again, and what has not is. With it goes the
// highest sequence that was read there, or given to what was sent late: whatever is sent late goes
// behind that one.
//
// It stands in the lanes topic, that of all partitions of a share in the share's first one, under a
// key for each: a transaction that touches few partitions costs less (ADR 0022). Earlier releases
// wrote it into the partition itself, under early_progress_key; what stands there counts as long as
// nothing else does.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace wakestream::deliver {

// No account's id: PostgreSQL's text has no zero byte.
inline constexpr std::string_view early_progress_key{"\0progress", 9};
std::string progress_key(std::int32_t partition);
// Nothing: it is no such key.
std::optional<std::int32_t> read_progress_key(std::string_view key);

class Progress {
 public:
  Progress() = default;
  explicit Progress(std::int64_t next) : read_(next) {}

  // This offset was read, behind all that were read before. False: it has ended in an earlier life.
  bool read(std::int64_t offset);
  void done(std::int64_t offset);
  bool has_ended(std::int64_t offset) const {
    return offset < read_ && !unfinished_.contains(offset);
  }
  void saw(std::string_view sequence);
  const std::string& sequence() const { return sequence_; }  // the highest; empty: none

  // Where a reader begins that is to read what is unfinished.
  std::int64_t next() const { return unfinished_.empty() ? read_ : *unfinished_.begin(); }
  std::int64_t end() const { return read_; }  // the first that was not read
  std::size_t unfinished_count() const { return unfinished_.size(); }

  // {"format_version":1,"read":120,"sequence":"...","unfinished":[117,1]}: the first, and each as a
  // distance; no "sequence": none was read.
  std::string encode() const;
  static std::optional<Progress> decode(std::string_view json);

 private:
  std::int64_t read_ = 0;  // the first that was not read
  std::set<std::int64_t> unfinished_;
  std::string sequence_;
};

}  // namespace wakestream::deliver
