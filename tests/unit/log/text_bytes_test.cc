#include "log/embedded/text_bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace wakestream::log::embedded {

using namespace std::string_literals;

TEST(TextBytes, well_formed_utf8_without_zero_is_text) {
  for (const auto& text :
       {""s, "a"s, "exactly8"s, "more than eight"s, "\x7f\x01"s, "\xc2\x80"s, "\xdf\xbf"s,
        "\xe0\xa0\x80"s, "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s,
        "\xf4\x8f\xbf\xbf"s, "seven77\xc3\xa9 and on"s}) {
    EXPECT_TRUE(is_text(text)) << text;
  }
}

TEST(TextBytes, a_zero_byte_is_not_text_wherever_it_stands) {
  for (std::size_t at = 0; at < 20; ++at) {
    std::string bytes(20, 'x');
    bytes[at] = '\0';
    EXPECT_FALSE(is_text(bytes)) << at;
  }
}

TEST(TextBytes, a_byte_above_ascii_alone_is_not_text_wherever_it_stands) {
  for (std::size_t at = 0; at < 20; ++at) {
    for (int byte = 0x80; byte < 0x100; ++byte) {
      std::string bytes(20, 'x');
      bytes[at] = static_cast<char>(byte);
      EXPECT_FALSE(is_text(bytes)) << at << ' ' << byte;
    }
  }
}

TEST(TextBytes, overlong_surrogate_and_cut_sequences_are_not_text) {
  for (const auto& bytes : {"\xc0\x80"s, "\xc1\xbf"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s,
                            "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xc3"s,
                            "\xe2\x82"s, "\xf0\x9f\xa6"s, "\xe2\x28\xa1"s, "\xf0\x9f\x28\x8a"s}) {
    EXPECT_FALSE(is_text(bytes));
    EXPECT_FALSE(is_text("eight888" + bytes));
  }
}

}  // namespace wakestream::log::embedded
