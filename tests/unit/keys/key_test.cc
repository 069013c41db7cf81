// A key as text, and what is made with it; against Python's hmac, which is not OpenSSL's HMAC().
#include "keys/key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakestream::keys {
namespace {

constexpr const char* digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

// python3: hmac.new(bytes(range(32)), b"wakestream pseudonym\0" + b"4711", "sha256").hexdigest()
TEST(KeyTest, a_pseudonym_is_hmac_sha256_as_another_program_computes_it) {
  const auto key = Key::parse(digits);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->pseudonym("4711"),
            "8427a86fca18d196ffebdec11d31eaf71ca0466608bf4a1bd8dfdd13b97ed1dd");
  EXPECT_EQ(key->id(), "cbebfa3c601c4e87");
}

TEST(KeyTest, one_letter_more_is_another_pseudonym_and_another_key_too) {
  const auto key = Key::parse(digits);
  ASSERT_TRUE(key);
  EXPECT_NE(key->pseudonym("4711"), key->pseudonym("47111"));
  const auto other = Key::make();
  EXPECT_NE(key->pseudonym("4711"), other.pseudonym("4711"));
  EXPECT_NE(key->id(), other.id());
  EXPECT_NE(other.reveal(), Key::make().reveal());
}

TEST(KeyTest, what_is_written_is_what_is_read) {
  const auto key = Key::make();
  EXPECT_EQ(key.reveal().size(), 2 * Key::byte_count);
  for (const auto& text : {key.reveal(), key.reveal() + "\n", key.reveal() + "\r\n"}) {
    const auto read = Key::parse(text);
    ASSERT_TRUE(read) << text.size();
    EXPECT_EQ(read->reveal(), key.reveal());
  }
  EXPECT_EQ(Key::parse("FF" + std::string(62, '0'))->reveal(), "ff" + std::string(62, '0'));
}

TEST(KeyTest, anything_else_is_no_key) {
  const std::string good = digits;
  for (const auto& text :
       {std::string(), std::string("\n"), good.substr(1), good + "0", good + "\n\n", " " + good,
        "x" + good.substr(1), good.substr(0, 62) + "\n0"})
    EXPECT_FALSE(Key::parse(text)) << text;
}

}  // namespace
}  // namespace wakestream::keys
