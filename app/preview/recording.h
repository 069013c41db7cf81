// A recording: the bytes that PostgreSQL sent, whole transactions of them, in a file.
//
//   64 bytes   a line of text that says what it is and its version, filled up with blanks
//   frames     kind (1 byte), payload length (4), WAL position (8), payload, CRC-32 of all these
//   (4)
//
// Numbers in network byte order. Kind F is one message of pgoutput; kind E, without a payload, is
// the end, and its WAL position is where the next recording would begin. A file without it was cut
// short: it is read up to the last whole frame.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "cdc/lsn.h"

namespace wakestream::preview {

inline constexpr std::size_t header_bytes = 64;

std::string recording_header();

enum class FrameKind : char { message = 'F', end = 'E' };

void append_frame(FrameKind kind, cdc::Lsn position, std::string_view payload, std::string& out);

// Reads one file from its start. A wrong checksum, or anything that is no recording, is an error: a
// sentence without values, with the offset in the file.
class RecordingReader {
 public:
  explicit RecordingReader(std::istream& file) : file_(file) {}

  struct Frame {
    FrameKind kind = FrameKind::end;
    cdc::Lsn position;
    std::string_view payload;  // until the next call
  };
  tl::expected<Frame, std::string> next();
  // Has the end been reached without a frame that says so?
  bool cut_short() const { return cut_short_; }

 private:
  tl::expected<void, std::string> read_header();
  tl::unexpected<std::string> broken(std::string_view what) const;
  bool take(std::string& into, std::size_t count);

  std::istream& file_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
  bool cut_short_ = false;
};

}  // namespace wakestream::preview
