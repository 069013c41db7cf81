// Which events of the log a replay is about.
#include "roles/deliver/log_choice.h"

#include <gtest/gtest.h>

#include "roles/deliver/log_replay_record.h"

namespace wakestream::deliver {
namespace {

log::StoredRecord event_at(const std::string& lsn, std::int64_t ms = 0) {
  log::StoredRecord event;
  event.key = "a";
  event.timestamp_ms = ms;
  event.headers = {{"ce_type", "customer.created"}, {"ce_lsn", lsn}};
  return event;
}

LogBound bound(const char* lsn) { return {.lsn = cdc::parse_lsn(lsn)}; }

TEST(LogChoiceTest, both_ends_of_a_range_are_inside) {
  const LogChoice choice{.since = bound("0/10"), .until = bound("1/0")};
  EXPECT_EQ(in_range(choice, event_at("0/F")), InRange::before);
  EXPECT_EQ(in_range(choice, event_at("0/10")), InRange::inside);
  EXPECT_EQ(in_range(choice, event_at("0/FFFFFFFF")), InRange::inside);
  EXPECT_EQ(in_range(choice, event_at("1/0")), InRange::inside);
  EXPECT_EQ(in_range(choice, event_at("1/1")), InRange::behind);
  EXPECT_EQ(in_range({}, event_at("")), InRange::inside);
}

TEST(LogChoiceTest, an_event_that_does_not_say_where_it_was_committed_is_in_no_range_of_places) {
  EXPECT_EQ(in_range({.until = bound("1/0")}, event_at("")), InRange::before);
  EXPECT_EQ(in_range({.since = {.ms = 1}}, event_at("", 2)), InRange::inside);
}

TEST(LogChoiceTest, a_range_of_times_has_both_its_ends_too) {
  const LogChoice choice{.since = {.ms = 1'000}, .until = {.ms = 2'000}};
  EXPECT_EQ(in_range(choice, event_at("0/1", 999)), InRange::before);
  EXPECT_EQ(in_range(choice, event_at("0/1", 1'000)), InRange::inside);
  EXPECT_EQ(in_range(choice, event_at("0/1", 2'000)), InRange::inside);
  EXPECT_EQ(in_range(choice, event_at("0/1", 2'001)), InRange::behind);
}

TEST(LogChoiceTest, an_account_and_a_type_choose_further) {
  EXPECT_TRUE(takes(LogChoice{}, event_at("0/1")));
  EXPECT_TRUE(takes({.account = "a", .type = "customer.created"}, event_at("0/1")));
  EXPECT_FALSE(takes({.account = "b"}, event_at("0/1")));
  EXPECT_FALSE(takes({.type = "customer.moved"}, event_at("0/1")));
}

TEST(LogReplayRecordTest, it_is_read_back_as_it_was_written) {
  LogReplayState state;
  state.command.name = Command::replay_log;
  state.command.id = "1";
  state.command.consumer = "crm";
  state.command.log = {"a", "customer.created", bound("0/10"), {.ms = 7}};
  state.next = {3, 0};
  state.end = {7, 9};
  state.moved = 2;
  EXPECT_EQ(decode_log_replay(encode_log_replay(state)), state);
}

TEST(LogReplayRecordTest, what_is_none_is_refused) {
  for (const auto* text :
       {"", "{}", R"({"format_version":1,"command":"x","next":[],"end":[],"moved":0})",
        R"({"format_version":2})"})
    EXPECT_FALSE(decode_log_replay(text)) << text;
}

}  // namespace
}  // namespace wakestream::deliver
