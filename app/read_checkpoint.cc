#include "app/read_checkpoint.h"

#include "roles/capture/topics.h"

namespace wakestream::app {

log::Result<std::optional<capture::Checkpoint>> read_checkpoint(log::EventLog& event_log,
                                                                const std::string& pipeline,
                                                                log::Milliseconds deadline) {
  const auto record = event_log.latest(capture::Topics(pipeline).checkpoint, pipeline,
                                       log::Settled::as_it_is, deadline);
  if (!record && record.error().kind == log::ErrorKind::topic_missing) return std::nullopt;
  if (!record) return tl::make_unexpected(record.error());
  if (!*record) return std::nullopt;
  auto checkpoint = capture::decode_checkpoint((*record)->value);
  if (!checkpoint)
    return tl::make_unexpected(log::Error{log::ErrorKind::corrupt, checkpoint.error()});
  return std::move(*checkpoint);
}

}  // namespace wakestream::app
