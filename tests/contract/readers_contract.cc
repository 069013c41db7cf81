// What a reader sees, when it waits, and that it is in nobody's way.
#include <gmock/gmock.h>

#include <future>
#include <thread>

#include "tests/contract/event_log_contract.h"

namespace wakestream::log::contract {

using testing::ElementsAre;
using testing::IsEmpty;
using Clock = std::chrono::steady_clock;

TEST_P(EventLogContract, a_reader_of_an_empty_topic_is_at_its_end) {
  const auto topic = make_topic("events", 4);
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  const auto give_up = Clock::now() + deadline;
  while (!reader->at_end() && Clock::now() < give_up) {
    const auto batch = take(reader->poll(10, Milliseconds{100}));
    ASSERT_THAT(batch.records, IsEmpty());
  }
  EXPECT_TRUE(reader->at_end());
}

TEST_P(EventLogContract, a_reader_says_when_it_is_at_the_end_and_not_before) {
  const auto topic = make_topic("events", 2);
  const auto writer = open_writer();
  take(writer->begin());
  for (int at = 0; at < 100; ++at) produce(*writer, topic, "k", "v", at % 2);
  commit(*writer);
  ASSERT_EQ(read_topic(topic, 100).size(), 100U);

  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  const auto give_up = Clock::now() + deadline;
  std::size_t seen = 0;
  while (!reader->at_end() && Clock::now() < give_up) {
    const auto batch = take(reader->poll(7, Milliseconds{100}));
    EXPECT_LE(batch.records.size(), 7U);
    seen += batch.records.size();
  }
  EXPECT_TRUE(reader->at_end());
  EXPECT_EQ(seen, 100U);
}

TEST_P(EventLogContract, end_offsets_are_behind_everything_that_is_committed) {
  const auto topic = make_topic("events", 2);
  const auto writer = open_writer();
  const auto first = take(log().end_offsets(topic, deadline));
  EXPECT_THAT(first, ElementsAre(0, 0));
  write(*writer, topic, {"a", "b"});
  const auto second = take(log().end_offsets(topic, deadline));
  ASSERT_EQ(second.size(), 2U);
  const auto records = read_topic(topic, 2);
  const auto in_partition = static_cast<std::size_t>(records.back().partition);
  EXPECT_GT(second[in_partition], records.back().offset);
  const auto nowhere = log().end_offsets(unique("nowhere"), deadline);
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().kind, ErrorKind::topic_missing);
}

TEST_P(EventLogContract, a_reader_at_the_end_goes_on_when_more_is_committed) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  for (const auto* value : {"one", "two", "three"}) {
    write(*writer, topic, {value});
    EXPECT_THAT(values_of(read(*reader, 1)), ElementsAre(value));
  }
}

TEST_P(EventLogContract, a_reader_from_latest_sees_only_what_is_committed_after_it_was_opened) {
  const auto topic = make_topic("events", 2);
  const auto writer = open_writer();
  write(*writer, topic, {"before", "before too"});
  ASSERT_EQ(read_topic(topic, 2).size(), 2U);
  const auto reader = take(log().open_reader(topic, ReadFrom::latest));
  write(*writer, topic, {"after"});
  take(writer->begin());
  produce(*writer, topic, "k", "after too", 1);
  commit(*writer);
  EXPECT_THAT(values_of(read(*reader, 2)), testing::UnorderedElementsAre("after", "after too"));
}

TEST_P(EventLogContract, a_reader_goes_on_from_where_an_earlier_one_stood) {
  const auto topic = make_topic("events", 2);
  const auto writer = open_writer();
  write(*writer, topic, {"one", "two"});
  const auto first = take(log().open_reader(topic, ReadFrom::earliest));
  std::vector<std::int64_t> positions(2, 0);
  for (const auto& record : read(*first, 2))
    positions[static_cast<std::size_t>(record.partition)] = record.offset + 1;
  write(*writer, topic, {"three"});
  const auto second = take(log().open_reader_at(topic, positions));
  EXPECT_THAT(values_of(read(*second, 1)), ElementsAre("three"));
  const auto whole = take(log().open_reader_at(topic, std::vector<std::int64_t>(2, 0)));
  EXPECT_EQ(read(*whole, 3).size(), 3U);
  const auto wrong = log().open_reader_at(topic, std::vector<std::int64_t>(3, 0));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::topic_shape);
}

TEST_P(EventLogContract, a_partition_that_is_left_out_is_not_read_and_holds_up_no_end) {
  const auto topic = make_topic("events", 3);
  const auto writer = open_writer();
  take(writer->begin());
  for (std::int32_t partition = 0; partition < 3; ++partition)
    for (int at = 0; at < 5; ++at) produce(*writer, topic, "k", "v", partition);
  commit(*writer);
  ASSERT_EQ(read_topic(topic, 15).size(), 15U);
  const std::vector<std::int64_t> offsets{left_out, 0, left_out};
  const auto reader = take(log().open_reader_at(topic, offsets));
  const auto give_up = Clock::now() + deadline;
  std::vector<std::int32_t> partitions;
  while (!reader->at_end() && Clock::now() < give_up) {
    const auto batch = take(reader->poll(10, Milliseconds{100}));
    for (const auto& record : batch.records) partitions.push_back(record.partition);
  }
  EXPECT_TRUE(reader->at_end());
  EXPECT_THAT(partitions, ElementsAre(1, 1, 1, 1, 1));
}

TEST_P(EventLogContract, poll_gives_up_when_its_wait_is_over) {
  const auto topic = make_topic("events");
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  (void)take(reader->poll(10, Milliseconds{2'000}));
  const auto start = Clock::now();
  const auto batch = take(reader->poll(10, Milliseconds{200}));
  EXPECT_THAT(batch.records, IsEmpty());
  EXPECT_LT(Clock::now() - start, Milliseconds{3'000});
}

TEST_P(EventLogContract, poll_returns_as_soon_as_there_is_a_record) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  auto writing = std::async(std::launch::async, [&] {
    std::this_thread::sleep_for(Milliseconds{200});
    write(*writer, topic, {"here"});
  });
  const auto start = Clock::now();
  std::vector<StoredRecord> records;
  while (records.empty() && Clock::now() - start < deadline) {
    records = take(reader->poll(10, deadline)).records;
  }
  const auto waited = Clock::now() - start;
  writing.get();
  EXPECT_THAT(values_of(records), ElementsAre("here"));
  EXPECT_LT(waited, deadline / 2);
}

TEST_P(EventLogContract, a_reader_is_not_held_up_by_an_open_transaction) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  write(*writer, topic, {"one", "two"});
  take(writer->begin());
  produce(*writer, topic, "k", "open");
  EXPECT_THAT(values_of(read_topic(topic, 2)), ElementsAre("one", "two"));
  take(writer->abort());
}

TEST_P(EventLogContract, a_writer_is_not_held_up_by_readers_in_the_middle) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  write(*writer, topic, {"1", "2", "3"});
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  ASSERT_FALSE(read(*reader, 1).empty());
  const auto start = Clock::now();
  for (int at = 0; at < 20; ++at) write(*writer, topic, {"more"});
  EXPECT_LT(Clock::now() - start, deadline / 2);
}

TEST_P(EventLogContract, several_readers_each_see_everything_while_one_writes) {
  const auto topic = make_topic("events");
  constexpr std::size_t record_count = 2'000;
  std::vector<std::vector<std::string>> seen(3);
  std::vector<std::future<void>> reading;
  reading.reserve(seen.size());
  for (auto& values : seen) {
    reading.push_back(std::async(std::launch::async, [&] {
      const auto own_log = open_again();
      const auto reader = take(own_log->open_reader(topic, ReadFrom::earliest));
      values = values_of(read(*reader, record_count));
    }));
  }
  const auto writer = open_writer();
  for (std::size_t at = 0; at < record_count; at += 20) {
    take(writer->begin());
    for (std::size_t record = at; record < at + 20; ++record)
      produce(*writer, topic, "k", std::to_string(record));
    commit(*writer);
  }
  for (auto& reader : reading) reader.get();
  for (const auto& values : seen) {
    ASSERT_EQ(values.size(), record_count);
    for (std::size_t at = 0; at < record_count; ++at) ASSERT_EQ(values[at], std::to_string(at));
  }
}

TEST_P(EventLogContract, one_log_serves_readers_in_several_threads) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  write(*writer, topic, {"one", "two"});
  std::vector<std::vector<std::string>> seen(4);
  std::vector<std::future<void>> reading;
  reading.reserve(seen.size());
  for (auto& values : seen) {
    reading.push_back(
        std::async(std::launch::async, [&] { values = values_of(read_topic(topic, 2)); }));
  }
  for (auto& reader : reading) reader.get();
  for (const auto& values : seen) EXPECT_THAT(values, ElementsAre("one", "two"));
}

TEST_P(EventLogContract, a_reader_of_a_missing_topic_is_told_so_by_its_name) {
  const auto reader = log().open_reader(unique("nowhere"), ReadFrom::earliest);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::topic_missing);
  EXPECT_THAT(reader.error().message, testing::HasSubstr(unique("nowhere")));
}

}  // namespace wakestream::log::contract
