#include "app/preview/file_source.h"

#include <fmt/format.h>

namespace wakestream::preview {

cdc::Result<FrameSource::Next> FileSource::next(std::chrono::milliseconds /*wait*/) {
  cdc::Error error{cdc::ErrorKind::malformed, {}, {}};
  if (!file_.is_open()) {
    error.message = fmt::format("{} cannot be read: name a recording, now or slot", path_);
    return tl::unexpected(error);
  }
  const auto frame = reader_.next();
  if (!frame) {
    error.message = fmt::format("{}: {}", path_, frame.error());
    return tl::unexpected(error);
  }
  if (frame->kind == FrameKind::end) return Silence::end;
  return Frame{frame->position, frame->payload};
}

}  // namespace wakestream::preview
