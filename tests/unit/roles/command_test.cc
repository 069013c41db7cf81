#include "roles/capture/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakestream::capture {
namespace {

using testing::HasSubstr;

TEST(CommandRecord, comes_back_as_it_was_written) {
  const Command command{.name = std::string(Command::replay_quarantine),
                        .id = "1790000000000-7-host",
                        .who = "dana@host",
                        .why = "\"moved\" is new",
                        .given_at_ms = 1790000000000,
                        .rules_hash = "abc",
                        .rule = "customer.moved",
                        .table = "graph.account",
                        .end_offset = 4000,
                        .tables = {}};
  const auto read = decode_command(encode_command(command));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->id, command.id);
  EXPECT_EQ(read->who, command.who);
  EXPECT_EQ(read->why, command.why);
  EXPECT_EQ(read->given_at_ms, command.given_at_ms);
  EXPECT_EQ(read->rules_hash, "abc");
  EXPECT_EQ(read->rule, command.rule);
  EXPECT_EQ(read->table, command.table);
  EXPECT_EQ(read->end_offset, 4000);
}

TEST(CommandRecord, of_a_snapshot_names_its_tables) {
  Command command;
  command.name = Command::snapshot_start;
  command.id = "1";
  command.tables = {"graph.account", "a\"b.c"};
  command.where = "v = 'x'";
  const auto read = decode_command(encode_command(command));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->tables, command.tables);
  EXPECT_EQ(read->where, command.where);
  EXPECT_FALSE(read->differences);
  command.differences = true;
  EXPECT_TRUE(decode_command(encode_command(command))->differences);
}

TEST(DecisionRecord, of_a_table_that_was_compared_says_what_came_of_it) {
  Decision decision;
  decision.id = "1";
  decision.command = Command::snapshot_table;
  decision.done = true;
  decision.table = "graph.account";
  decision.rows = 100;
  decision.differences = true;
  decision.unchanged = 97;
  auto read = decode_decision(encode_decision(decision));
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(read->differences);
  EXPECT_EQ(read->unchanged, 97U);
  EXPECT_FALSE(read->said_but_not_found) << "not known";
  decision.said_but_not_found = 2;
  read = decode_decision(encode_decision(decision));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->said_but_not_found, 2U);
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
                          .done = true,
                          .more = true,
                          .reason = "rules.sql:3:1: no",
                          .at = cdc::Lsn{0x1000},
                          .rules_hash_before = "a",
                          .rules_hash = "a",
                          .rules_since = {cdc::Lsn{0x900}, 12},
                          .counts = {3, 2, 1},
                          .snapshot = 7,
                          .table = "graph.account",
                          .rows = UINT64_MAX,
                          .decided_by = "host pid 1 since 2",
                          .decided_at_ms = 5};
  const auto read = decode_decision(encode_decision(decision));
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(read->done);
  EXPECT_TRUE(read->more);
  EXPECT_EQ(read->counts.replayed, 3);
  EXPECT_EQ(read->counts.no_event, 2);
  EXPECT_EQ(read->counts.left, 1);
  EXPECT_EQ(read->reason, decision.reason);
  EXPECT_EQ(read->at, decision.at);
  EXPECT_EQ(read->rules_since, decision.rules_since);
  EXPECT_EQ(read->decided_by, decision.decided_by);
  EXPECT_EQ(read->snapshot, 7U);
  EXPECT_EQ(read->table, decision.table);
  EXPECT_EQ(read->rows, decision.rows);
}

}  // namespace
}  // namespace wakestream::capture
