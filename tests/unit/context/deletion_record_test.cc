// What stays of a deleted account, written and read back.
#include "context/deletion_record.h"

#include <gtest/gtest.h>

namespace wakestream::context {
namespace {

DeletionRecord a_deletion() { return {"9f86d0", 2, cdc::Lsn{0x16B374D848}, "EU", "0c2e"}; }

TEST(DeletionRecordTest, a_record_is_json_that_a_person_can_read) {
  EXPECT_EQ(encode_deletion(a_deletion()),
            R"({"format_version":1,"pseudonym":"9f86d0","epoch":2,"deletion_lsn":"16/B374D848",)"
            R"("jurisdiction":"EU","key_id":"0c2e"})");
}

TEST(DeletionRecordTest, what_is_read_back_is_what_was_written) {
  for (const auto& jurisdiction :
       std::vector<std::optional<std::string>>{"EU", "", "a \"b\"\n", std::nullopt}) {
    auto record = a_deletion();
    record.jurisdiction = jurisdiction;
    const auto read = decode_deletion(encode_deletion(record));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(*read, record);
  }
}

TEST(DeletionRecordTest, what_is_missing_or_of_another_type_is_named_without_its_value) {
  const auto error_of = [](const std::string& from, const std::string& to) {
    auto json = encode_deletion(a_deletion());
    json.replace(json.find(from), from.size(), to);
    const auto read = decode_deletion(json);
    return read ? std::string("none") : read.error();
  };
  EXPECT_EQ(error_of("16/B374D848", "x"),
            "the deletion record has no \"deletion_lsn\" that is an LSN");
  EXPECT_EQ(error_of("\"pseudonym\":\"9f86d0\"", "\"pseudonym\":7"),
            "the deletion record has no \"pseudonym\" that is a text");
  EXPECT_EQ(error_of("\"epoch\":2", "\"epoch\":\"2\""),
            "the deletion record has no \"epoch\" that is a number");
  EXPECT_EQ(error_of("\"EU\"", "7"),
            "the deletion record has no \"jurisdiction\" that is a text or null");
  EXPECT_EQ(error_of("\"key_id\"", "\"key\""),
            "the deletion record has no \"key_id\" that is a text");
  EXPECT_EQ(error_of("\"format_version\":1", "\"format_version\":2"),
            "the deletion record is not of format version 1: run the release that wrote it");
  EXPECT_EQ(error_of("}", ""), "the deletion record is no JSON");
}

}  // namespace
}  // namespace wakestream::context
