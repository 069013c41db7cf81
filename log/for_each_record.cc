#include "log/for_each_record.h"

#include <utility>

namespace wakestream::log {

namespace {

Result<void> read_to_end(Result<std::unique_ptr<Reader>> reader, const std::string& topic,
                         Milliseconds deadline, const std::function<bool(StoredRecord)>& visit) {
  if (!reader) return tl::make_unexpected(reader.error());
  using Clock = std::chrono::steady_clock;
  auto give_up = Clock::now() + deadline;
  while (Clock::now() < give_up) {
    // In short waits: an empty topic ends the search as soon as its end is known.
    auto batch = (*reader)->poll(500, Milliseconds{20});
    if (!batch) return tl::make_unexpected(batch.error());
    for (auto& record : batch->records)
      if (!visit(std::move(record))) return {};
    if ((*reader)->at_end()) return {};
    if (!batch->records.empty()) give_up = Clock::now() + deadline;
  }
  return tl::make_unexpected(
      Error{ErrorKind::unreachable, "the end of topic " + topic + " was not reached in time"});
}

}  // namespace

Result<void> for_each_record(EventLog& event_log, const std::string& topic, Milliseconds deadline,
                             const std::function<bool(StoredRecord)>& visit) {
  return read_to_end(event_log.open_reader(topic, ReadFrom::earliest), topic, deadline, visit);
}

Result<void> for_each_record(EventLog& event_log, const std::string& topic,
                             std::span<const std::int64_t> next_offsets, Milliseconds deadline,
                             const std::function<bool(StoredRecord)>& visit) {
  return read_to_end(event_log.open_reader_at(topic, next_offsets), topic, deadline, visit);
}

}  // namespace wakestream::log
