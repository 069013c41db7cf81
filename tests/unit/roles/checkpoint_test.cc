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
  checkpoint.rules_since = {cdc::Lsn{0x16'B374'D848}, 77};
  checkpoint.control = {4, 120};
  checkpoint.snapshots = 3;
  checkpoint.late_events = UINT64_MAX;
  checkpoint.context = ContextProgress{"b2", UINT64_MAX, cdc::Lsn{0x4000}};
  checkpoint.snapshot = SnapshotProgress{
      3,
      "1790-4711-host",
      cdc::Lsn{0x16'B374'D848},
      1'790'000'000'000,
      true,
      "the role may not read graph.account",
      {{"graph.account", "banner = 'x\n'"}, {"graph.subscription", ""}},
      {{"a\"\t\u00e9", "2"}, true, {{"k", "1"}, {"", "-7"}}, 4, 1ULL << 53U, -1, 5},
      2,
      UINT64_MAX,
      9,
      true,
      6,
      70,
      UINT64_MAX,
      "listings"};
  return checkpoint;
}

TEST(CheckpointRecord, comes_back_as_it_was_written) {
  EXPECT_EQ(decode_checkpoint(encode_checkpoint(full_checkpoint())), full_checkpoint());
  EXPECT_EQ(decode_checkpoint(encode_checkpoint(born_checkpoint())), born_checkpoint());
}

TEST(CheckpointRecord, of_another_format_version_is_refused_by_name) {
  auto json = encode_checkpoint(full_checkpoint());
  json.replace(json.find("\"format_version\":4"), 18, "\"format_version\":5");
  EXPECT_THAT(decode_checkpoint(json).error(),
              HasSubstr("format version 5, and this program knows versions 1 to 4"));
}

// As the first release wrote it.
TEST(CheckpointRecord, of_format_version_1_is_read) {
  const auto read = decode_checkpoint(
      R"({"format_version":1,"pipeline":"demo","epoch":1,"incarnation":{"host":"h","pid":7,"started_at_ms":5},)"
      R"("serial":"12","server":"a:5432","system_identifier":"7400000000000000001","timeline":1,"slot":"wakestream",)"
      R"("written_at_ms":1790000000000,"birth":"born","born_at_lsn":"0/100","event_partition_count":1,)"
      R"("emitted_through_lsn":"0/900","read_through_lsn":"0/1000","split":null,"rules_hash":"r1",)"
      R"("event_types":["customer.created"]})");
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->read_through, cdc::Lsn{0x1000});
  EXPECT_EQ(read->rules_since, (RulesSince{cdc::Lsn{0x100}, 0}));
  EXPECT_EQ(read->control, ControlPosition{});
}

// Without a snapshot.
TEST(CheckpointRecord, of_format_version_2_is_read) {
  auto json = encode_checkpoint(full_checkpoint());
  json.replace(json.find("\"format_version\":4"), 18, "\"format_version\":2");
  json.replace(json.find(",\"snapshot\":"), std::string::npos, "}");
  auto expected = full_checkpoint();
  expected.snapshot.reset();
  expected.snapshots = expected.late_events = 0;
  expected.context.reset();
  EXPECT_EQ(decode_checkpoint(json), expected);
}

// Without an account context.
TEST(CheckpointRecord, of_format_version_3_is_read) {
  auto json = encode_checkpoint(full_checkpoint());
  json.replace(json.find("\"format_version\":4"), 18, "\"format_version\":3");
  json.replace(json.find(",\"context\":"), std::string::npos, "}");
  auto expected = full_checkpoint();
  expected.context.reset();
  EXPECT_EQ(decode_checkpoint(json), expected);
}

// Of a release that knew no snapshots of differences.
TEST(CheckpointRecord, with_a_snapshot_of_every_row_is_read) {
  auto json = encode_checkpoint(full_checkpoint());
  for (const std::string member :
       {R"("differences":true,)", R"("said_read":"70",)", R"("unchanged":"5",)",
        R"("said_to_read":"18446744073709551615",)", R"("unchanged_done":"6",)"}) {
    const auto at = json.find(member);
    ASSERT_NE(at, std::string::npos) << member;
    json.erase(at, member.size());
  }
  auto expected = full_checkpoint();
  expected.snapshot->differences = false;
  expected.snapshot->said_read = expected.snapshot->said_to_read = 0;
  expected.snapshot->position.unchanged = expected.snapshot->unchanged_done = 0;
  EXPECT_EQ(decode_checkpoint(json), expected);
}

TEST(CheckpointRecord, with_a_snapshot_that_cannot_be_read_is_refused) {
  auto json = encode_checkpoint(full_checkpoint());
  json.replace(json.find("\"again\":["), 9, "\"again\":[1,");
  EXPECT_THAT(decode_checkpoint(json).error(), HasSubstr("\"again\" is not a key"));
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
