#include "roles/deliver/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakestream::deliver {
namespace {

using testing::HasSubstr;

Command replay() {
  return {.name = std::string(Command::replay),
          .id = "1790000000000-7-host",
          .consumer = "esp",
          .who = "dana@host",
          .why = "\"fixed\" at their end",
          .given_at_ms = 1790000000000,
          .account = "acc-17",
          .type = "customer.email_changed",
          .error = "503"};
}

TEST(DeliverCommand, comes_back_as_it_was_written) {
  const auto command = replay();
  const auto read = decode_command(encode_command(command));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->name, command.name);
  EXPECT_EQ(read->id, command.id);
  EXPECT_EQ(read->consumer, command.consumer);
  EXPECT_EQ(read->who, command.who);
  EXPECT_EQ(read->why, command.why);
  EXPECT_EQ(read->given_at_ms, command.given_at_ms);
  EXPECT_EQ(read->account, command.account);
  EXPECT_EQ(read->type, command.type);
  EXPECT_EQ(read->error, command.error);
  for (const auto name : {Command::pause, Command::resume}) {
    auto other = command;
    other.name = name;
    EXPECT_EQ(decode_command(encode_command(other))->name, name);
  }
}

TEST(DeliverCommand, that_is_unknown_or_bent_is_an_error_that_says_so) {
  EXPECT_THAT(decode_command("pause!").error(), HasSubstr("not a JSON object"));
  EXPECT_THAT(decode_command(R"({"format_version":1,"command":"pause"})").error(),
              HasSubstr("\"id\" is not a string"));
  auto command = replay();
  command.name = "drop_all";
  EXPECT_THAT(decode_command(encode_command(command)).error(),
              HasSubstr("not one that this release knows"));
}

TEST(DeliverCommand, to_replay_without_one_of_its_limits_is_refused) {
  EXPECT_THAT(decode_command(R"({"format_version":1,"command":"replay","id":"1","consumer":"esp",)"
                             R"("who":"","why":"","given_at_ms":1,"type":"","error":""})")
                  .error(),
              HasSubstr("\"account\" is not a string"));
}

TEST(DeliverDecision, comes_back_as_it_was_written) {
  Decision decision{.id = "1",
                    .command = "replay",
                    .who = "dana@host",
                    .why = "fixed",
                    .done = true,
                    .reason = "",
                    .moved = 10'000,
                    .decided_by = "host 7 1790000000000",
                    .decided_at_ms = 1790000000001};
  auto read = decode_decision(encode_decision(decision));
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(read->done);
  EXPECT_EQ(read->id, decision.id);
  EXPECT_EQ(read->command, decision.command);
  EXPECT_EQ(read->who, decision.who);
  EXPECT_EQ(read->why, decision.why);
  EXPECT_EQ(read->moved, decision.moved);
  EXPECT_EQ(read->decided_by, decision.decided_by);
  EXPECT_EQ(read->decided_at_ms, decision.decided_at_ms);
  EXPECT_TRUE(read->share.is_all());
  EXPECT_THAT(encode_decision(decision), testing::Not(HasSubstr("share")));
  decision.share = {2, 4};
  EXPECT_EQ(decode_decision(encode_decision(decision))->share, decision.share);
  decision.done = false;
  decision.reason = "there is no such consumer";
  read = decode_decision(encode_decision(decision));
  ASSERT_TRUE(read) << read.error();
  EXPECT_FALSE(read->done);
  EXPECT_EQ(read->reason, decision.reason);
}

TEST(DeliverDecision, with_an_outcome_that_nobody_knows_is_an_error) {
  EXPECT_THAT(decode_decision(R"({"format_version":1,"id":"1","command":"pause","who":"","why":"",)"
                              R"("outcome":"maybe"})")
                  .error(),
              HasSubstr("\"outcome\" is not done, going on or refused"));
}

TEST(ConsumerStateRecord, comes_back_as_it_was_written) {
  const ConsumerState state{.paused = true,
                            .who = "receiver",
                            .why = "it answered 410",
                            .since_ms = 1790000000000,
                            .commands_read = 12};
  const auto read = decode_state(encode_state(state));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, state);
  EXPECT_THAT(decode_state(R"({"format_version":1,"who":""})").error(),
              HasSubstr("\"paused\" is not true or false"));
}

TEST(ConsumerStateRecord, says_how_far_its_schedule_has_come) {
  ConsumerState state;
  EXPECT_THAT(encode_state(state), testing::Not(HasSubstr("shares")));
  state.share_count = 4;
  state.schedule = {.line = "15 */2 * * *",
                    .up_to_ms = 1790000000000,
                    .moving = true,
                    .probes = {{"acc-17", 4000}, {"acc-18", 4001}}};
  const auto read = decode_state(encode_state(state));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, state);
  state.schedule = {};
  EXPECT_THAT(encode_state(state), testing::Not(HasSubstr("schedule")))
      << "as releases wrote it that had none";
  for (const auto* schedule : {"7", "{}", R"({"line":"","up_to_ms":1,"moving":false})",
                               R"({"line":"","up_to_ms":1,"moving":false,"probes":[7]})"})
    EXPECT_FALSE(decode_state(std::string(R"({"format_version":1,"paused":false,"who":"","why":"",)"
                                          R"("since_ms":0,"commands_read":0,"schedule":)") +
                              schedule + "}"))
        << schedule;
}

}  // namespace
}  // namespace wakestream::deliver
