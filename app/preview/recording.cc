#include "app/preview/recording.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "cdc/pgoutput/wire_reader.h"

namespace wakestream::preview {

namespace {

constexpr std::string_view header_words = "wakestream recording 1: rows of a database, as they are";
constexpr std::string_view header_begin = "wakestream recording ";
constexpr std::size_t frame_head_bytes = 1 + 4 + 8;
// PostgreSQL itself cannot send a longer message.
constexpr std::uint32_t payload_bytes_max = 1U << 30U;
// A length is believed as far as there are bytes.
constexpr std::size_t piece_bytes = 1U << 20U;

template <class Number>
void append_number(Number number, std::string& out) {
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 8; shift >= 0; shift -= 8)
    out += static_cast<char>(number >> static_cast<unsigned>(shift) & 0xFFU);
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace

std::string recording_header() {
  std::string header(header_words);
  header.resize(header_bytes - 1, ' ');
  return header + '\n';
}

void append_frame(FrameKind kind, cdc::Lsn position, std::string_view payload, std::string& out) {
  const auto start = out.size();
  out += static_cast<char>(kind);
  append_number(static_cast<std::uint32_t>(payload.size()), out);
  append_number(position.value(), out);
  out += payload;
  append_number(checksum(std::string_view(out).substr(start)), out);
}

// Appends `count` bytes, in pieces; false when there are fewer.
bool RecordingReader::take(std::string& into, std::size_t count) {
  while (count > 0) {
    const auto piece = std::min(count, piece_bytes);
    const auto before = into.size();
    into.resize(before + piece);
    file_.read(into.data() + before, static_cast<std::streamsize>(piece));
    const auto got = static_cast<std::size_t>(file_.gcount());
    into.resize(before + got);
    offset_ += got;
    if (got < piece) return false;
    count -= piece;
  }
  return true;
}

tl::unexpected<std::string> RecordingReader::broken(std::string_view what) const {
  return tl::unexpected(fmt::format("{} (at byte {}): record it again", what, offset_));
}

tl::expected<void, std::string> RecordingReader::read_header() {
  std::string header;
  const bool whole = take(header, header_bytes);
  if (header.substr(0, header_begin.size()) != header_begin)
    return tl::unexpected(
        std::string("this is no recording: make one by wakestream record, or name now or slot"));
  if (!whole || header != recording_header())
    return tl::unexpected(std::string(
        "this recording is of a version that this wakestream does not read: record it again"));
  return {};
}

tl::expected<RecordingReader::Frame, std::string> RecordingReader::next() {
  if (offset_ == 0) {
    if (auto header = read_header(); !header) return tl::unexpected(header.error());
  }
  buffer_.clear();
  const bool head = take(buffer_, frame_head_bytes);
  Frame frame;
  if (!head) {
    cut_short_ = true;
    return frame;
  }
  cdc::WireReader reader(buffer_);
  const auto kind = static_cast<char>(reader.u8("kind"));
  const auto size = reader.u32("length");
  frame.position = cdc::Lsn{reader.u64("position")};
  if (kind != static_cast<char>(FrameKind::message) && kind != static_cast<char>(FrameKind::end))
    return broken("the recording has a frame of unknown kind");
  frame.kind = static_cast<FrameKind>(kind);
  if (size > payload_bytes_max) return broken("the recording has a frame of impossible length");
  const auto body = frame_head_bytes + size;
  if (!take(buffer_, size + sizeof(std::uint32_t))) {
    cut_short_ = true;
    return Frame{};
  }
  cdc::WireReader tail(std::string_view(buffer_).substr(body));
  if (tail.u32("checksum") != checksum(std::string_view(buffer_).substr(0, body)))
    return broken("the recording's checksum is wrong: it was changed or damaged");
  frame.payload = std::string_view(buffer_).substr(frame_head_bytes, size);
  return frame;
}

}  // namespace wakestream::preview
