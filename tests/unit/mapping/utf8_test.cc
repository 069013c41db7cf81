#include "mapping/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace wakestream::mapping {
namespace {

constexpr auto none = std::string_view::npos;

// Long runs of ASCII are passed in steps of eight, so every place in a step is tried.
TEST(Utf8, a_malformed_byte_is_found_wherever_it_stands) {
  for (std::size_t size = 1; size <= 24; ++size) {
    const std::string plain(size, 'a');
    EXPECT_EQ(invalid_utf8_at(plain), none);
    for (std::size_t at = 0; at < size; ++at) {
      for (const char wrong : {'\x80', '\xC0', '\xC3', '\xFF'}) {
        auto text = plain;
        text[at] = wrong;
        EXPECT_EQ(invalid_utf8_at(text), at) << "of " << size;
      }
    }
  }
}

TEST(Utf8, sequences_of_every_length_are_taken_wherever_they_stand) {
  for (std::size_t before = 0; before <= 16; ++before) {
    for (const std::string_view sequence :
         {"\x7F", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\xA7\x80"}) {
      const auto text = std::string(before, 'a') + std::string(sequence) + "bbbbbbbbb";
      EXPECT_EQ(invalid_utf8_at(text), none);
      if (sequence.size() > 1) {
        EXPECT_EQ(invalid_utf8_at(std::string_view(text).substr(0, before + sequence.size() - 1)),
                  before);
      }
    }
  }
}

TEST(Utf8, overlong_forms_surrogates_and_what_lies_beyond_unicode_are_malformed) {
  for (const std::string_view text : {"\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80"}) {
    EXPECT_EQ(invalid_utf8_at(text), 0U);
  }
}

}  // namespace
}  // namespace wakestream::mapping
