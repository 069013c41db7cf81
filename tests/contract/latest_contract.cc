// The newest record of a key: how a checkpoint is found again.
#include <gmock/gmock.h>

#include <thread>

#include "tests/contract/event_log_contract.h"

namespace wakestream::log::contract {

TEST_P(EventLogContract, latest_is_the_newest_committed_record_of_the_key) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  write_one(*writer, topic, "a", "a1");
  write_one(*writer, topic, "b", "b1");
  write_one(*writer, topic, "a", "a2");
  EXPECT_TRUE(latest_becomes(topic, "a", Settled::required, "a2"));
  EXPECT_TRUE(latest_becomes(topic, "b", Settled::required, "b1"));
}

TEST_P(EventLogContract, latest_of_a_transaction_is_its_last_record_of_the_key) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  take(writer->begin());
  for (const auto* value : {"1", "2", "3"}) produce(*writer, topic, "a", value);
  commit(*writer);
  EXPECT_TRUE(latest_becomes(topic, "a", Settled::required, "3"));
}

TEST_P(EventLogContract, latest_of_an_unknown_key_is_nothing) {
  const auto topic = make_compacted_topic("checkpoint");
  EXPECT_EQ(latest_value(topic, "a", Settled::required), std::nullopt);
  const auto writer = open_writer();
  write_one(*writer, topic, "b", "b1");
  EXPECT_TRUE(latest_becomes(topic, "b", Settled::required, "b1"));
  EXPECT_EQ(latest_value(topic, "a", Settled::required), std::nullopt);
}

TEST_P(EventLogContract, latest_of_a_tombstone_is_nothing_until_the_key_comes_back) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  write_one(*writer, topic, "a", "a1");
  take(writer->begin());
  produce_tombstone(*writer, topic, "a");
  commit(*writer);
  EXPECT_TRUE(latest_becomes(topic, "a", Settled::required, std::nullopt));
  write_one(*writer, topic, "a", "a2");
  EXPECT_TRUE(latest_becomes(topic, "a", Settled::required, "a2"));
}

TEST_P(EventLogContract, latest_sees_neither_open_nor_aborted_records) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  write_one(*writer, topic, "a", "committed");
  ASSERT_TRUE(latest_becomes(topic, "a", Settled::as_it_is, "committed"));
  take(writer->begin());
  produce(*writer, topic, "a", "open");
  EXPECT_EQ(latest_value(topic, "a", Settled::as_it_is), "committed");
  take(writer->abort());
  EXPECT_EQ(latest_value(topic, "a", Settled::required), "committed");
}

TEST_P(EventLogContract, latest_after_open_writer_is_the_last_word) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto other_log = open_again();
  auto older = take(other_log->open_writer(writer_options()));
  // No wait for visibility on purpose: opening the next writer is what makes the answer final.
  for (int at = 1; at <= 20; ++at) write_one(*older, topic, "a", std::to_string(at));
  take(older->begin());
  produce(*older, topic, "a", "open");
  if (!fences_living_writer()) older.reset();
  const auto newer = open_writer();
  EXPECT_EQ(latest_value(topic, "a", Settled::required), "20");
}

TEST_P(EventLogContract, latest_as_it_is_does_not_wait_for_an_open_transaction) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  write_one(*writer, topic, "a", "committed");
  ASSERT_TRUE(latest_becomes(topic, "a", Settled::as_it_is, "committed"));
  take(writer->begin());
  produce(*writer, topic, "a", "open");
  const auto found = take(log().latest(topic, "a", Settled::as_it_is, Milliseconds{3'000}));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->value, "committed");
}

TEST_P(EventLogContract, latest_settled_is_unreachable_while_a_transaction_is_open) {
  if (!GetParam().open_transaction_unsettles)
    GTEST_SKIP() << "an open transaction is no part of the log here";
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  write_one(*writer, topic, "a", "committed");
  ASSERT_TRUE(latest_becomes(topic, "a", Settled::required, "committed"));
  take(writer->begin());
  produce(*writer, topic, "a", "open");
  // A producer may send a moment later; until then nothing is undecided yet.
  std::this_thread::sleep_for(Milliseconds{500});
  const auto found = log().latest(topic, "a", Settled::required, Milliseconds{1'000});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::unreachable);
}

TEST_P(EventLogContract, latest_finds_a_key_behind_a_thousand_records_of_others) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  write_one(*writer, topic, "first", "still here");
  take(writer->begin());
  for (int at = 0; at < 1'000; ++at) produce(*writer, topic, "key" + std::to_string(at), "v");
  commit(*writer);
  ASSERT_TRUE(latest_becomes(topic, "key999", Settled::required, "v"));
  EXPECT_EQ(latest_value(topic, "first", Settled::required), "still here");
}

TEST_P(EventLogContract, latest_finds_a_key_behind_hundreds_of_small_transactions) {
  const auto topic = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  write_one(*writer, topic, "first", "still here");
  for (int at = 0; at < 300; ++at) write_one(*writer, topic, "k", std::to_string(at));
  ASSERT_TRUE(latest_becomes(topic, "k", Settled::required, "299"));
  EXPECT_EQ(latest_value(topic, "first", Settled::required), "still here");
}

TEST_P(EventLogContract, latest_in_a_missing_topic_says_so) {
  const auto found = log().latest(unique("nowhere"), "a", Settled::required, deadline);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::topic_missing);
  EXPECT_THAT(found.error().message, testing::HasSubstr(unique("nowhere")));
}

}  // namespace wakestream::log::contract
