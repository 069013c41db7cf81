#include "roles/capture/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "roles/capture/transitions.h"
#include "tests/unit/roles/machine_fixture.h"

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

Checkpoint full_checkpoint() {
  auto checkpoint = born_checkpoint();
  checkpoint.serial = UINT64_MAX;
  checkpoint.system_identifier = 7'400'000'000'000'000'001ULL;
  checkpoint.split = SplitPosition{cdc::Lsn{0x16'B374'D848}, 123'456, cdc::Lsn{0x16'B374'0000}, 12};
  checkpoint.event_types = {"customer.created", "customer.email_changed"};
  return checkpoint;
}

TEST(CheckpointRecord, comes_back_as_it_was_written) {
  EXPECT_EQ(decode_checkpoint(encode_checkpoint(full_checkpoint())), full_checkpoint());
  EXPECT_EQ(decode_checkpoint(encode_checkpoint(born_checkpoint())), born_checkpoint());
}

TEST(CheckpointRecord, of_another_format_version_is_refused_by_name) {
  auto json = encode_checkpoint(full_checkpoint());
  json.replace(json.find("\"format_version\":1"), 18, "\"format_version\":2");
  EXPECT_THAT(decode_checkpoint(json).error(),
              HasSubstr("format version 2, and this program knows version 1"));
}

TEST(CheckpointRecord, with_a_member_missing_or_bent_is_refused_by_the_members_name) {
  auto json = encode_checkpoint(full_checkpoint());
  json.replace(json.find("read_through_lsn"), 4, "READ");
  EXPECT_THAT(decode_checkpoint(json).error(), HasSubstr("\"read_through_lsn\" is not a string"));
  EXPECT_THAT(decode_checkpoint("[]").error(), HasSubstr("not a JSON object"));
  EXPECT_THAT(decode_checkpoint("{").error(), HasSubstr("not a JSON object"));
}

TEST(CheckpointRecord, registry_keeps_the_index_of_every_type_that_it_knows) {
  EXPECT_EQ(grow_registry({"b", "a"}, {"a", "c", "b"}), (std::vector<std::string>{"b", "a", "c"}));
}

TEST(CaptureTable, is_the_one_in_the_docs) {
  std::ifstream file(std::string(WAKESTREAM_SOURCE_DIR) + "/docs/capture.md");
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_THAT(page.str(), HasSubstr(transitions_markdown()))
      << "run wakestream_simulation --table and put it into docs/capture.md";
}

}  // namespace
}  // namespace wakestream::capture
