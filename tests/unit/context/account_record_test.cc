// What the context topic holds of an account, written and read back.
#include "context/account_record.h"

#include <gtest/gtest.h>

namespace wakestream::context {
namespace {

AccountRecord example() {
  AccountRecord record;
  record.as_of = cdc::Lsn{0x16B374D848};
  record.context.values = {"banner-a", std::nullopt, "EU", R"({"email": true, "score": 1.50})"};
  return record;
}

TEST(AccountRecordTest, a_record_is_json_that_a_person_can_read) {
  EXPECT_EQ(encode_account(example()),
            R"({"format_version":1,"as_of_lsn":"16/B374D848","banner":"banner-a","parent":null,)"
            R"("jurisdiction":"EU","consent":{"email": true, "score": 1.50}})");
}

// 1.50 stays 1.50: the consent is judged as the database wrote it.
TEST(AccountRecordTest, what_is_read_back_is_what_was_written) {
  const auto read = decode_account(encode_account(example()));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, example());
}

TEST(AccountRecordTest, texts_with_quotes_and_the_empty_text_come_back) {
  AccountRecord record;
  record.context.values = {"a \"b\"\n\\", "", "\xC3\xBC", "null"};
  const auto read = decode_account(encode_account(record));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->context.values[0], "a \"b\"\n\\");
  EXPECT_EQ(read->context.values[1], "");
  EXPECT_EQ(read->context.values[2], "\xC3\xBC");
  // JSON's null is no consent, as SQL's is none.
  EXPECT_EQ(read->context.values[3], std::nullopt);
}

TEST(AccountRecordTest, what_is_no_record_is_refused_with_a_sentence) {
  const auto error_of = [](std::string_view json) { return decode_account(json).error(); };
  EXPECT_EQ(error_of("{"), "the account's record is no JSON");
  EXPECT_EQ(error_of(R"({"format_version":2})"),
            "the account's record is not of format version 1: run the release that wrote it");
  EXPECT_EQ(error_of(R"({"format_version":1,"as_of_lsn":7})"),
            "the account's record has no \"as_of_lsn\" that is an LSN");
  EXPECT_EQ(error_of(R"({"format_version":1,"as_of_lsn":"0/1","banner":7})"),
            "the account's record has no \"banner\" that is a text or null");
  EXPECT_EQ(error_of(R"({"format_version":1,"as_of_lsn":"0/1"})"),
            "the account's record has no \"banner\" that is a value or null");
}

TEST(AccountRecordTest, the_packed_form_comes_back_and_a_cut_one_is_refused) {
  const auto packed = pack_account(example());
  const auto read = unpack_account(packed);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, example());
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(unpack_account(std::string_view(packed).substr(0, size)));
  EXPECT_FALSE(unpack_account(packed + "x"));
}

}  // namespace
}  // namespace wakestream::context
