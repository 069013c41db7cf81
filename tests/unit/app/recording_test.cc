// A recording's bytes, and what is said of bytes that are none.
#include "app/preview/recording.h"

#include <gmock/gmock.h>

#include <sstream>

namespace wakestream::preview {
namespace {

std::string recording(bool with_end = true) {
  auto bytes = recording_header();
  append_frame(FrameKind::message, cdc::Lsn{0x100}, "Bxyz", bytes);
  append_frame(FrameKind::message, cdc::Lsn{0x200}, std::string(3'000'000, 'x'), bytes);
  if (with_end) append_frame(FrameKind::end, cdc::Lsn{0x300}, {}, bytes);
  return bytes;
}

// "F100:4 F200:3000000 E300:0", then "cut short" or the problem.
std::string read(const std::string& bytes) {
  std::istringstream file(bytes);
  RecordingReader reader(file);
  std::string seen;
  while (true) {
    const auto frame = reader.next();
    if (!frame) return seen + frame.error();
    if (reader.cut_short()) return seen + "cut short";
    seen += static_cast<char>(frame->kind) + std::to_string(frame->position.value()) + ":" +
            std::to_string(frame->payload.size()) + " ";
    if (frame->kind == FrameKind::end) return seen;
  }
}

TEST(RecordingTest, a_frame_byte_by_byte) {
  std::string bytes;
  append_frame(FrameKind::message, cdc::Lsn{0x1122334455667788}, "ab", bytes);
  // The checksum is that of Python's zlib.crc32.
  EXPECT_EQ(bytes, std::string("F\0\0\0\x02\x11\x22\x33\x44\x55\x66\x77\x88"
                               "ab"
                               "\x34\x76\xc3\x88",
                               19));
  EXPECT_EQ(recording_header().size(), header_bytes);
  EXPECT_EQ(recording_header().substr(0, 22), "wakestream recording 1");
}

TEST(RecordingTest, what_was_written_is_read) {
  EXPECT_EQ(read(recording()), "F256:4 F512:3000000 E768:0 ");
}

TEST(RecordingTest, a_file_that_was_cut_short_is_read_up_to_its_last_whole_frame) {
  EXPECT_EQ(read(recording(false)), "F256:4 F512:3000000 cut short");
  const auto whole = recording();
  EXPECT_EQ(read(whole.substr(0, whole.size() - 1)), "F256:4 F512:3000000 cut short");
  EXPECT_EQ(read(whole.substr(0, 2'000'000)), "F256:4 cut short");
  EXPECT_EQ(read(recording_header()), "cut short");
}

TEST(RecordingTest, a_changed_byte_is_found) {
  for (const std::size_t at : {68U, 70U, 78U, 90U, 1'000'000U}) {
    auto bytes = recording();
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    EXPECT_THAT(read(bytes), testing::AnyOf(testing::HasSubstr("checksum is wrong"),
                                            testing::HasSubstr("impossible length"),
                                            testing::HasSubstr("cut short")))
        << at;
  }
  auto bytes = recording();
  bytes[64] = 'X';
  EXPECT_THAT(read(bytes), testing::HasSubstr("a frame of unknown kind (at byte "));
}

TEST(RecordingTest, a_length_without_bytes_costs_no_memory) {
  EXPECT_EQ(read(recording_header() + std::string("F\x3F\xFF\xFF\xFF\0\0\0\0\0\0\0\1xx", 15)),
            "cut short");
}

TEST(RecordingTest, what_is_no_recording_says_so) {
  EXPECT_THAT(read(""), testing::HasSubstr("this is no recording"));
  EXPECT_THAT(read("pipeline: x\n"), testing::HasSubstr("this is no recording"));
  auto later = recording();
  later[21] = '2';
  EXPECT_THAT(read(later), testing::HasSubstr("of a version that this wakestream does not read"));
}

}  // namespace
}  // namespace wakestream::preview
