// A topic from its beginning to its present end, for whoever looks something up in it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "log/event_log.h"

namespace wakestream::log {

// Every record that is committed now, each partition in order, until `visit` returns false. An
// error of kind unreachable when nothing comes for `deadline` and the end is not known.
Result<void> for_each_record(EventLog& event_log, const std::string& topic, Milliseconds deadline,
                             const std::function<bool(StoredRecord)>& visit);
// From these offsets on, one of each partition (EventLog::open_reader_at).
Result<void> for_each_record(EventLog& event_log, const std::string& topic,
                             std::span<const std::int64_t> next_offsets, Milliseconds deadline,
                             const std::function<bool(StoredRecord)>& visit);

}  // namespace wakestream::log
