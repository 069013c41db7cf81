// Any bytes as a recording: frames whose checksum is right, then an end or an error; never a crash,
// and never more memory than there are bytes.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "app/preview/recording.h"

using namespace wakestream::preview;  // NOLINT: a fuzz target

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  // The header is a constant that only costs the fuzzer time.
  std::istringstream file(bytes.starts_with("wakestream") ? bytes : recording_header() + bytes);
  RecordingReader reader(file);
  std::string again = recording_header();
  while (true) {
    const auto frame = reader.next();
    if (!frame) {
      if (frame.error().empty()) abort();
      return 0;
    }
    if (reader.cut_short()) return 0;
    append_frame(frame->kind, frame->position, frame->payload, again);
    if (frame->kind == FrameKind::end) break;
  }
  // What was read is what would be written.
  if (!file.str().starts_with(again)) abort();
  return 0;
}
