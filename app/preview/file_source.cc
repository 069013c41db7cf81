#include "app/preview/file_source.h"

#include <fmt/format.h>

namespace wakestream::preview {

cdc::Result<FrameSource::Next> FileSource::next(std::chrono::milliseconds /*wait*/) {
  cdc::Error error{cdc::ErrorKind::malformed, {}, {}};
  if (!file_.is_open()) {
    error.message =
        fmt::format("{} cannot be read: name a recording, now, slot or snapshot", path_);
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

// What a recording's own errors say is enough; where the messages in it contradict each other, the
// place in the WAL helps.
std::string FileSource::in_words(const cdc::Error& error) const {
  if (!error.lsn.valid()) return error.message;
  return fmt::format("{}: {} (at {}). Record it again; if that fails alike, report it", path_,
                     error.message, cdc::to_string(error.lsn));
}

}  // namespace wakestream::preview
