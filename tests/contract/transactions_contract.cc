// What a transaction is: whole or not there, in order, durable.
#include <gmock/gmock.h>

#include <future>

#include "tests/contract/event_log_contract.h"

namespace wakestream::log::contract {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(EventLogContract,
       records_of_a_transaction_are_read_in_the_order_in_which_they_were_produced) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  write(*writer, topic, {"one", "two", "three"});
  EXPECT_THAT(values_of(read_topic(topic, 3)), ElementsAre("one", "two", "three"));
}

TEST_P(EventLogContract, transactions_of_a_writer_are_read_in_the_order_of_their_commits) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  write(*writer, topic, {"1a", "1b"});
  write(*writer, topic, {"2a"});
  write(*writer, topic, {"3a", "3b"});
  EXPECT_THAT(values_of(read_topic(topic, 5)), ElementsAre("1a", "1b", "2a", "3a", "3b"));
}

TEST_P(EventLogContract, an_open_transaction_is_not_visible) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  write(*writer, topic, {"committed"});
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  ASSERT_THAT(values_of(read(*reader, 1)), ElementsAre("committed"));

  take(writer->begin());
  produce(*writer, topic, "k", "open");
  EXPECT_THAT(take(reader->poll(10, Milliseconds{300})).records, IsEmpty());
  commit(*writer);
  EXPECT_THAT(values_of(read(*reader, 1)), ElementsAre("open"));
}

TEST_P(EventLogContract, an_aborted_transaction_is_never_visible_and_the_writer_goes_on) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  write(*writer, topic, {"before"});
  take(writer->begin());
  produce(*writer, topic, "k", "aborted");
  take(writer->abort());
  write(*writer, topic, {"after"});
  EXPECT_THAT(values_before_sentinel(*writer, topic), ElementsAre("before", "after"));
}

TEST_P(EventLogContract, a_transaction_is_committed_in_all_its_topics) {
  const auto events = make_topic("events", 4);
  const auto quarantine = make_topic("quarantine");
  const auto checkpoint = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  take(writer->begin());
  for (int partition = 0; partition < 4; ++partition)
    produce(*writer, events, "k", "event", partition);
  produce(*writer, quarantine, "k", "row");
  produce(*writer, checkpoint, "k", "position");
  commit(*writer);
  EXPECT_EQ(read_topic(events, 4).size(), 4U);
  EXPECT_THAT(values_of(read_topic(quarantine, 1)), ElementsAre("row"));
  EXPECT_TRUE(latest_becomes(checkpoint, "k", Settled::required, "position"));
}

TEST_P(EventLogContract, a_transaction_is_aborted_in_all_its_topics) {
  const auto events = make_topic("events");
  const auto quarantine = make_topic("quarantine");
  const auto checkpoint = make_compacted_topic("checkpoint");
  const auto writer = open_writer();
  take(writer->begin());
  produce(*writer, events, "k", "event");
  produce(*writer, quarantine, "k", "row");
  produce(*writer, checkpoint, "k", "position");
  take(writer->abort());
  EXPECT_THAT(values_before_sentinel(*writer, events), IsEmpty());
  EXPECT_THAT(values_before_sentinel(*writer, quarantine), IsEmpty());
  EXPECT_THAT(values_before_sentinel(*writer, checkpoint), IsEmpty());
  EXPECT_EQ(latest_value(checkpoint, "k", Settled::required), std::nullopt);
}

TEST_P(EventLogContract, a_reader_at_the_end_has_only_seen_whole_transactions) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  constexpr std::size_t transaction_count = 40;
  constexpr std::size_t transaction_records = 100;
  auto writing = std::async(std::launch::async, [&] {
    for (std::size_t at = 0; at < transaction_count; ++at) {
      take(writer->begin());
      for (std::size_t record = 0; record < transaction_records; ++record)
        produce(*writer, topic, "k", "v");
      commit(*writer);
    }
  });
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  const auto give_up = std::chrono::steady_clock::now() + 2 * deadline;
  std::size_t seen = 0;
  bool torn = false;
  while (seen < transaction_count * transaction_records &&
         std::chrono::steady_clock::now() < give_up) {
    const auto batch = take(reader->poll(37, Milliseconds{50}));
    seen += batch.records.size();
    torn = torn || (reader->at_end() && seen % transaction_records != 0);
  }
  writing.get();
  EXPECT_EQ(seen, transaction_count * transaction_records);
  EXPECT_FALSE(torn);
}

TEST_P(EventLogContract, ten_thousand_records_of_one_transaction_keep_their_order) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  constexpr std::size_t record_count = 10'000;
  take(writer->begin());
  for (std::size_t at = 0; at < record_count; ++at)
    produce(*writer, topic, "k", std::to_string(at));
  commit(*writer);
  const auto records = read_topic(topic, record_count);
  ASSERT_EQ(records.size(), record_count);
  for (std::size_t at = 0; at < record_count; ++at)
    ASSERT_EQ(records[at].value, std::to_string(at));
}

TEST_P(EventLogContract, offsets_of_a_partition_only_grow) {
  const auto topic = make_topic("events", 2);
  auto writer = open_writer();
  for (int round = 0; round < 3; ++round) {
    take(writer->begin());
    for (int at = 0; at < 6; ++at) produce(*writer, topic, "k", "v", at % 2);
    commit(*writer);
    take(writer->begin());
    produce(*writer, topic, "k", "aborted", round % 2);
    take(writer->abort());
    writer.reset();
    writer = open_writer();
  }
  std::int64_t last[2] = {-1, -1};
  for (const auto& record : read_topic(topic, 18)) {
    ASSERT_TRUE(record.partition == 0 || record.partition == 1);
    EXPECT_GT(record.offset, last[record.partition]);
    last[record.partition] = record.offset;
  }
}

TEST_P(EventLogContract, a_committed_transaction_is_there_for_whoever_opens_the_log_anew) {
  const auto topic = make_topic("events");
  const auto checkpoint = make_compacted_topic("checkpoint");
  {
    const auto writer = open_writer();
    take(writer->begin());
    produce(*writer, topic, "k", "kept");
    produce(*writer, checkpoint, "c", "kept too");
    commit(*writer);
  }
  reopen();
  EXPECT_THAT(values_of(read_topic(topic, 1)), ElementsAre("kept"));
  EXPECT_TRUE(latest_becomes(checkpoint, "c", Settled::required, "kept too"));
}

TEST_P(EventLogContract, an_empty_transaction_commits) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  take(writer->begin());
  commit(*writer);
  write(*writer, topic, {"after"});
  EXPECT_THAT(values_of(read_topic(topic, 1)), ElementsAre("after"));
}

TEST_P(EventLogContract, consumed_offsets_are_committed_with_the_records) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  ConsumedOffsets consumed;
  consumed.group = unique("group");
  consumed.positions.push_back({topic, 0, 17});
  take(writer->begin());
  produce(*writer, topic, "k", "answer");
  take(writer->commit(consumed));
  consumed.positions.front().next_offset = 18;
  take(writer->begin());
  take(writer->commit(consumed));
  EXPECT_THAT(values_before_sentinel(*writer, topic), ElementsAre("answer"));
}

TEST_P(EventLogContract, a_role_reads_back_what_it_consumed_and_committed) {
  const auto source = make_topic("source", 3);
  const auto topic = make_topic("public");
  const auto group = unique("group");
  const auto positions = [&] {
    std::vector<std::int64_t> offsets;
    for (const auto& one : take(log().committed_offsets({group, source}, deadline)))
      offsets.push_back(one.next_offset);
    return offsets;
  };
  EXPECT_THAT(positions(), ElementsAre(0, 0, 0));
  EXPECT_EQ(take(log().committed_offsets({group, source}, deadline)).front().writer, "");
  auto writer = open_writer();
  ConsumedOffsets consumed{group, {{source, 0, 5}, {source, 2, 7}}};
  take(writer->begin());
  produce(*writer, topic, "k", "from the source");
  take(writer->commit(consumed));
  writer.reset();
  reopen();
  EXPECT_EQ(take(log().committed_offsets({unique("another"), source}, deadline))[2].next_offset, 0);
  // Whoever writes next knows where the one before it was: what an open transaction consumed counts
  // for nothing.
  writer = open_writer();
  EXPECT_THAT(positions(), ElementsAre(5, 0, 7));
  consumed.positions = {{source, 1, 9}};
  take(writer->begin());
  take(writer->commit(consumed));
  take(writer->begin());
  produce(*writer, topic, "k", "left open");
  writer.reset();
  writer = open_writer();
  EXPECT_THAT(positions(), ElementsAre(5, 9, 7));
  EXPECT_THAT(values_before_sentinel(*writer, topic), ElementsAre("from the source"));
}

TEST_P(EventLogContract, what_a_group_has_read_names_its_writer) {
  const auto source = make_topic("source");
  const auto group = unique("group");
  const auto writer = open_writer();
  take(writer->begin());
  take(writer->commit({group, {{source, 0, 3}}}));
  const auto committed = take(log().committed_offsets({group, source}, deadline));
  ASSERT_EQ(committed.size(), 1U);
  EXPECT_EQ(committed.front().next_offset, 3);
  EXPECT_EQ(committed.front().writer, writer_options().incarnation);
  const auto nowhere = log().committed_offsets({group, unique("nowhere")}, deadline);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, ErrorKind::topic_missing);
}

}  // namespace wakestream::log::contract
