// The event log on Kafka when the broker is away in the middle, and when there is much to write.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/kafka_log_fixture.h"

namespace wakestream::log::kafka {
namespace {

using testing::HasSubstr;

TEST_F(KafkaLogTest, after_a_broker_was_killed_in_a_transaction_the_log_tells_one_story) {
  auto& broker = start_broker();
  const auto events = make_topic("events");
  const auto checkpoints = make_topic("checkpoints", 1, Cleanup::compact);
  std::vector<std::string> expected;
  // Killed before the commit is asked for, and while it is being asked for.
  for (const bool during_commit : {false, true}) {
    auto writer = take(log().open_writer(writer_options()));
    const std::string before = during_commit ? "3" : "1";
    const std::string doubtful = during_commit ? "4" : "2";
    const auto fill = [&](const std::string& value) {
      take(writer->begin());
      take(writer->produce(record_of(events, value)));
      take(writer->produce(record_of(checkpoints, value)));
    };
    fill(before);
    take(writer->commit({}));
    expected.push_back(before);

    Result<void> outcome;
    writer = take(log().open_writer(writer_options(15s, 3s)));
    fill(doubtful);
    if (during_commit) {
      std::thread killer([&] { broker.kill(); });
      outcome = writer->commit({});
      killer.join();
    } else {
      broker.kill();
      outcome = writer->commit({});
      ASSERT_FALSE(outcome);
    }
    if (!outcome) {
      EXPECT_EQ(outcome.error().kind, ErrorKind::in_doubt);
      EXPECT_THAT(outcome.error().message, HasSubstr("127.0.0.1"));
    }
    writer.reset();
    broker.start();

    writer = take(log().open_writer(writer_options()));
    const auto checkpoint = take(log().latest(checkpoints, "k", Settled::required, 15s));
    ASSERT_TRUE(checkpoint);
    // What the checkpoint says is what the readers see: both or neither.
    if (checkpoint->value == doubtful) expected.push_back(doubtful);
    EXPECT_TRUE(!outcome || checkpoint->value == doubtful) << checkpoint->value;
    EXPECT_EQ(values_in(log(), events), expected);
  }
}

TEST_F(KafkaLogTest, a_reader_says_that_the_broker_is_away_and_goes_on_where_it_was) {
  auto& broker = start_broker();
  const auto topic = make_topic("events");
  auto writer = take(log().open_writer(writer_options()));
  write(*writer, topic, "one");
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  const auto next = [&]() -> std::string {
    for (const auto begin = Clock::now(); Clock::now() - begin < 20s;) {
      const auto batch = reader->poll(10, 500ms);
      if (batch && !batch->records.empty()) return batch->records.front().value;
    }
    return "nothing came";
  };
  EXPECT_EQ(next(), "one");
  writer.reset();
  broker.kill();
  bool told = false;
  for (const auto begin = Clock::now(); !told && Clock::now() - begin < 10s;) {
    const auto batch = reader->poll(10, 300ms);
    ASSERT_TRUE(!batch || batch->records.empty());
    EXPECT_TRUE(!batch || !reader->at_end() || Clock::now() - begin < 1s);
    told = !batch && batch.error().kind == ErrorKind::unreachable;
  }
  EXPECT_TRUE(told);
  broker.start();
  writer = take(log().open_writer(writer_options()));
  write(*writer, topic, "two");
  EXPECT_EQ(next(), "two");
}

TEST_F(KafkaLogTest, closing_is_quick_when_the_broker_is_dead_or_says_nothing) {
  auto& broker = start_broker();
  const auto topic = make_topic("events");
  for (const bool dead : {false, true}) {
    auto writer = take(log().open_writer(writer_options()));
    auto reader = take(log().open_reader(topic, ReadFrom::earliest));
    take(writer->begin());
    take(writer->produce(record_of(topic, "open")));
    if (dead) {
      broker.kill();
    } else {
      broker.freeze();
    }
    for (int at = 0; at < 5'000; ++at) {
      if (!writer->produce(record_of(topic, "queued"))) break;
    }
    EXPECT_LT(time_of([&] { writer.reset(); }), 1500ms) << "writer, dead: " << dead;
    EXPECT_LT(time_of([&] { reader.reset(); }), 1500ms) << "reader, dead: " << dead;
    if (!dead) broker.thaw();
  }
  EXPECT_LT(time_of([&] { log_.reset(); }), 2500ms);
}

TEST_F(KafkaLogTest, a_silent_broker_leaves_a_full_queue_in_doubt_within_the_deadline) {
  auto& broker = start_broker();
  const auto topic = make_topic("events");
  auto writer = take(log().open_writer(writer_options(15s, 1s)));
  take(writer->begin());
  broker.freeze();
  Result<void> produced;
  int count = 0;
  const auto took = time_of([&] {
    for (; produced && count < 1'000'000; ++count)
      produced = writer->produce(record_of(topic, "queued"));
  });
  ASSERT_FALSE(produced);
  EXPECT_EQ(produced.error().kind, ErrorKind::in_doubt);
  EXPECT_THAT(produced.error().message, HasSubstr("full"));
  EXPECT_LE(count, 20'001) << "the queue is bounded";
  EXPECT_LT(took, 10s);
  broker.thaw();
}

// --- Volume.

TEST_F(KafkaLogTest, a_transaction_larger_than_the_queue_is_written_and_read_back_whole) {
  start_broker();
  const auto topic = make_topic("events", 4);
  const auto writer = take(log().open_writer(writer_options(15s, 30s)));
  constexpr int record_count = 60'000;
  const std::string padding(500, 'x');
  take(writer->begin());
  for (int at = 0; at < record_count; ++at) {
    take(writer->produce(record_of(topic, std::to_string(at) + padding, at % 4)));
  }
  take(writer->commit({}));

  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  std::vector<int> last{-4, -3, -2, -1};
  int count = 0;
  const auto took = time_of([&] {
    while (count < record_count) {
      for (const auto& record : take(reader->poll(1'000, 2s)).records) {
        auto& before = last[static_cast<std::size_t>(record.partition)];
        ASSERT_EQ(std::stoi(record.value), before + 4);
        before += 4;
        ++count;
      }
    }
  });
  // 30 MB through a queue of 2 MiB: without the restart of stalled partitions this takes 15 s and
  // more.
  EXPECT_LT(took, 10s);
}

TEST_F(KafkaLogTest, transactions_in_a_row_and_what_they_cost) {
  start_broker();
  const auto topic = make_topic("events", 4);
  const auto checkpoints = make_topic("checkpoints", 1, Cleanup::compact);
  const auto writer = take(log().open_writer(writer_options()));
  const std::string value(300, 'x');
  int written = 0;
  for (const Milliseconds pause : {0ms, 5ms}) {
    constexpr std::size_t transaction_count = 100;
    std::vector<double> costs;
    for (std::size_t at = 0; at < transaction_count; ++at) {
      const auto begin = Clock::now();
      take(writer->begin());
      for (int record = 0; record < 100; ++record, ++written) {
        take(writer->produce(record_of(topic, value, record % 4)));
      }
      take(writer->produce(record_of(checkpoints, std::to_string(written))));
      take(writer->commit({}));
      costs.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
      std::this_thread::sleep_for(pause);
    }
    std::sort(costs.begin(), costs.end());
    std::printf(
        "transactions of 100 records in 4 partitions and a checkpoint, %d ms between: p50 %.1f ms, "
        "p99 %.1f ms\n",
        static_cast<int>(pause.count()), costs[transaction_count / 2],
        costs[transaction_count * 99 / 100]);
  }
  const auto checkpoint = take(log().latest(checkpoints, "k", Settled::as_it_is, 5s));
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(values_in(log(), topic).size(), static_cast<std::size_t>(written));
}

}  // namespace
}  // namespace wakestream::log::kafka
