#include "roles/capture/checkpoint_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "log/for_each_record.h"
#include "roles/capture/wall_time.h"

namespace wakestream::capture {

CheckpointStore::CheckpointStore(log::EventLog& event_log, const Topics& topics, Options options)
    : log_(event_log), topics_(topics), options_(std::move(options)) {}

log::Result<input::CheckpointRead> CheckpointStore::read(log::Settled settled) {
  if (settled == log::Settled::as_it_is) found_partition_count_ = 0;
  if (auto looked = look_at_topics(); !looked) return tl::make_unexpected(looked.error());
  const auto record =
      log_.latest(topics_.checkpoint, options_.pipeline, settled, options_.deadline);
  if (!record) return tl::make_unexpected(record.error());
  input::CheckpointRead answer;
  answer.event_partition_count = found_partition_count_;
  answer.record_bytes_max = found_record_bytes_max_;
  if (*record) {
    auto checkpoint = decode_checkpoint((*record)->value);
    if (checkpoint) {
      answer.checkpoint = std::move(*checkpoint);
      return answer;
    }
    const bool newer = is_of_newer_format((*record)->value);
    if (newer || !options_.unreadable_is_none) {
      auto sentence = checkpoint.error();
      if (!newer)
        sentence += ". To put a new one in its place: see wakestream checkpoint adopt-slot";
      return tl::make_unexpected(log::Error{log::ErrorKind::corrupt, std::move(sentence)});
    }
  }
  const auto exist = events_exist();
  if (!exist) return tl::make_unexpected(exist.error());
  answer.events_exist = *exist;
  return answer;
}

log::Result<void> CheckpointStore::put(log::Writer& writer, const Checkpoint& checkpoint) const {
  const auto value = encode_checkpoint(checkpoint);
  log::Record record;
  record.topic = topics_.checkpoint;
  record.key = options_.pipeline;
  record.value = value;
  record.timestamp_ms = wall_ms();
  return writer.produce(record);
}

log::Result<void> CheckpointStore::look_at_topics() {
  if (found_partition_count_ != 0) return {};
  const auto specs = topics_.specs(options_.event_partition_count, options_.with_context);
  const auto shapes = log_.ensure_topics(specs, options_.may_create_topics, options_.deadline);
  if (!shapes) return tl::make_unexpected(shapes.error());
  found_record_bytes_max_ = std::numeric_limits<std::int64_t>::max();
  for (const auto& shape : *shapes) {
    if (shape.name == topics_.events) found_partition_count_ = shape.partition_count;
    // What does not fit into the one goes to the other.
    if (shape.name == topics_.events || shape.name == topics_.quarantine)
      found_record_bytes_max_ = std::min(found_record_bytes_max_, shape.record_bytes_max);
  }
  return {};
}

log::Result<bool> CheckpointStore::events_exist() {
  bool exist = false;
  const auto read = log::for_each_record(log_, topics_.events, options_.deadline,
                                         [&exist](const log::StoredRecord&) {
                                           exist = true;
                                           return false;
                                         });
  if (!read) return tl::make_unexpected(read.error());
  return exist;
}

}  // namespace wakestream::capture
