#include "log/embedded/header_text.h"

#include <gmock/gmock.h>

#include "log/record.h"

namespace wakestream::log::embedded {

namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::Pair;
using Headers = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const Headers& headers) {
  std::string packed;
  HeaderWriter writer(packed);
  for (const auto& [name, value] : headers) writer.add(name, value);
  std::string text = "left over from the record before";
  EXPECT_TRUE(write_header_text(packed, text));
  return text;
}

Headers read(std::string_view text) {
  Headers headers = {{"left", "over"}};
  EXPECT_TRUE(read_header_text(text, headers)) << text;
  return headers;
}

}  // namespace

TEST(HeaderText, is_a_json_object_in_order) {
  EXPECT_EQ(text_of({}), "{}");
  EXPECT_EQ(text_of({{"ce_id", "1"}, {"a", ""}, {"ce_id", "2"}}),
            R"({"ce_id":"1","a":"","ce_id":"2"})");
}

TEST(HeaderText, escapes_what_json_must_escape) {
  EXPECT_EQ(text_of({{"q\"", "a\\b\n\x1f\x7f\xc3\xa9"}}),
            "{\"q\\\"\":\"a\\\\b\\u000a\\u001f\x7f\xc3\xa9\"}");
}

TEST(HeaderText, shows_a_value_that_is_no_text_in_hex) {
  EXPECT_EQ(text_of({{"b", "\0\xff"s}, {"t", "t"}}), R"({"b":{"hex":"00ff"},"t":"t"})");
}

TEST(HeaderText, reads_back_what_it_wrote) {
  const Headers headers = {{"plain", "text"},        {"", "no name"},
                           {"bytes", "\0\x80\xff"s}, {"q\"\\\n", "\x01\"\\/\xf0\x9f\xa6\x8a"},
                           {"plain", "again"},       {"looks like hex", R"({"hex":"00"})"}};
  EXPECT_EQ(read(text_of(headers)), headers);
  EXPECT_EQ(read("{}"), Headers());
  // An independent writer may use white space and other escapes.
  EXPECT_THAT(read(" { \"a\" : \"\\u00e9\\/\" } "), ElementsAre(Pair("a", "\xc3\xa9/")));
}

TEST(HeaderText, refuses_a_name_that_is_no_text) {
  std::string packed;
  HeaderWriter(packed).add("\xff", "value");
  std::string text;
  EXPECT_FALSE(write_header_text(packed, text));
}

// What cannot be headers.

TEST(HeaderText, refuses_what_it_would_not_write) {
  for (const auto* text : {"",
                           "x",
                           "[]",
                           "1",
                           "null",
                           "\"a\"",
                           "{",
                           "{}{}",
                           R"({"a":1})",
                           R"({"a":null})",
                           R"({"a":["b"]})",
                           R"({"a":{}})",
                           R"({"a":{"hex":"0"}})",
                           R"({"a":{"hex":"0g"}})",
                           R"({"a":{"hex":"FF"}})",
                           R"({"a":{"dec":"00"}})",
                           R"({"a":{"hex":{"hex":"00"}}})",
                           R"({"a":{"hex":"00","hex":"01"}})",
                           "{\"a\":\"\xff\"}",
                           R"({"a":"\ud800"})"}) {
    Headers headers;
    EXPECT_FALSE(read_header_text(text, headers)) << text;
  }
}

}  // namespace wakestream::log::embedded
