// The consumer groups that an embedded log knows: by the positions that roles committed with what
// they wrote (ConsumedOffsets), each in its own writer's file.
//
// Retention keeps what a known group has not read, for ever. Whether a group is gone for good, only
// a person knows: so it is a person who lets the log forget it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/embedded/topic_files.h"
#include "log/event_log.h"

namespace wakestream::log::embedded {

struct GroupPosition {
  std::string group;
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next_offset = 0;                 // what it reads next
  std::int64_t end_offset = 0;                  // behind the newest record of the partition
  std::optional<std::int64_t> committed_at_ms;  // nothing: before releases that write it down
  std::string file;                             // its writer's
  std::string writer;                           // that one's incarnation
};

// By group, topic and partition. None where there is no log yet.
Result<std::vector<GroupPosition>> list_groups(const std::string& path, Milliseconds busy_wait);

// What `group` reads next of each partition of `topic`, by the files that there are now.
Result<std::vector<CommittedOffset>> positions_of(const TopicFiles& files, const std::string& group,
                                                  const StoredTopic& topic, Milliseconds busy_wait);

// Removes every position of the group. ErrorKind::held, naming the process, while a writer that
// committed one is open: it would commit the next. Nothing is removed then, of no file.
Result<void> forget_group(const std::string& path, const std::string& group,
                          const std::string& incarnation, Milliseconds busy_wait);

}  // namespace wakestream::log::embedded
