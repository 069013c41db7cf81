#include "roles/capture/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

TEST(CommandRecord, comes_back_as_it_was_written) {
  const Command command{.name = std::string(Command::reload_rules),
                        .id = "1790000000000-7-host",
                        .who = "dana@host",
                        .why = "\"moved\" is new",
                        .given_at_ms = 1790000000000,
                        .rules_hash = "abc"};
  const auto read = decode_command(encode_command(command));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->id, command.id);
  EXPECT_EQ(read->who, command.who);
  EXPECT_EQ(read->why, command.why);
  EXPECT_EQ(read->given_at_ms, command.given_at_ms);
  EXPECT_EQ(read->rules_hash, "abc");
}

TEST(CommandRecord, that_is_unknown_or_bent_is_an_error_that_says_so) {
  EXPECT_THAT(decode_command("reload!").error(), HasSubstr("not a JSON object"));
  EXPECT_THAT(decode_command(R"({"command":"reload_rules","given_at_ms":1})").error(),
              HasSubstr("\"id\" is not a string"));
  EXPECT_THAT(decode_command(R"({"command":"drop_all","id":"1","given_at_ms":1})").error(),
              HasSubstr("not one that this release knows"));
}

TEST(DecisionRecord, comes_back_as_it_was_written) {
  const Decision decision{.id = "1",
                          .command = "reload_rules",
                          .who = "dana@host",
                          .why = "",
                          .done = false,
                          .reason = "rules.sql:3:1: no",
                          .at = cdc::Lsn{0x1000},
                          .rules_hash_before = "a",
                          .rules_hash = "a",
                          .rules_since = {cdc::Lsn{0x900}, 12},
                          .decided_by = "host pid 1 since 2",
                          .decided_at_ms = 5};
  const auto read = decode_decision(encode_decision(decision));
  ASSERT_TRUE(read) << read.error();
  EXPECT_FALSE(read->done);
  EXPECT_EQ(read->reason, decision.reason);
  EXPECT_EQ(read->at, decision.at);
  EXPECT_EQ(read->rules_since, decision.rules_since);
  EXPECT_EQ(read->decided_by, decision.decided_by);
}

}  // namespace
}  // namespace wakestream::capture
