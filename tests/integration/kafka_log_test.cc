// What is special about the event log on Kafka, on a real broker: brokers that go away, fencing,
// what may be set and what not. What both backends promise is in tests/contract.
#include "log/kafka/kafka_log.h"

#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "log/kafka/client_conf.h"
#include "log/kafka/end_offsets.h"
#include "tests/support/kafka_broker.h"

namespace wakestream::log::kafka {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;

// The value, or an exception that GoogleTest turns into a failure.
template <class T>
T take(Result<T> result) {
  if (!result) throw std::runtime_error("the log answered: " + result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// How long `act` takes.
template <class Act>
Milliseconds time_of(Act act) {
  const auto begin = Clock::now();
  act();
  return std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
}

std::unique_ptr<EventLog> open_log(KafkaOptions options) { return take(open_kafka_log(options)); }

KafkaOptions options_for(const std::string& address) {
  KafkaOptions options;
  options.brokers = address;
  options.pipeline = "integration";
  options.request_deadline = 2s;
  return options;
}

WriterOptions writer_options(Milliseconds open_deadline = 15s,
                             Milliseconds transaction_deadline = 15s) {
  return {.name = "capture",
          .incarnation = "test",
          .open_deadline = open_deadline,
          .transaction_deadline = transaction_deadline};
}

Record record_of(const std::string& topic, std::string_view value, std::int32_t partition = 0) {
  Record record;
  record.topic = topic;
  record.partition = partition;
  record.key = "k";
  record.value = value;
  return record;
}

void write(Writer& writer, const std::string& topic, std::string_view value) {
  take(writer.begin());
  take(writer.produce(record_of(topic, value)));
  take(writer.commit({}));
}

// Every value that a reader sees, up to the end.
std::vector<std::string> values_in(EventLog& log, const std::string& topic) {
  const auto reader = take(log.open_reader(topic, ReadFrom::earliest));
  std::vector<std::string> values;
  for (const auto begin = Clock::now(); Clock::now() - begin < 30s;) {
    const auto batch = take(reader->poll(1'000, 200ms));
    for (const auto& record : batch.records) values.push_back(record.value);
    if (batch.at_end) return values;
  }
  throw std::runtime_error("the reader did not come to the end");
}

// Each test with a broker has its own: they kill it.
class KafkaLogTest : public testing::Test {
 protected:
  test::KafkaBroker& start_broker(const test::KafkaBrokerOptions& options = {}) {
    broker_ = std::make_unique<test::KafkaBroker>(options);
    log_ = open_log(options_for(broker_->address()));
    return *broker_;
  }
  EventLog& log() { return *log_; }
  std::string make_topic(const std::string& name, std::int32_t partition_count = 1,
                         Cleanup cleanup = Cleanup::by_age) {
    const TopicSpec spec{
        .name = name, .writer = "capture", .partition_count = partition_count, .cleanup = cleanup};
    take(log().ensure_topics({&spec, 1}, true, 15s));
    return name;
  }

  std::unique_ptr<test::KafkaBroker> broker_;
  std::unique_ptr<EventLog> log_;
};

// --- No broker at all. Port 1 (tcpmux) has no listener.

TEST(KafkaLogWithoutBroker, everything_is_unreachable_within_its_deadline_and_says_why) {
  const auto log = open_log(options_for("127.0.0.1:1"));
  const auto expect_unreachable = [](const auto& result, Milliseconds took) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::unreachable);
    EXPECT_THAT(result.error().message, HasSubstr("127.0.0.1:1"));
    EXPECT_THAT(result.error().message, HasSubstr("Connection refused"));
    EXPECT_LT(took, 4s);
  };
  const TopicSpec spec{.name = "events", .writer = "capture"};
  Milliseconds took = time_of([&] {
    const auto topics = log->ensure_topics({&spec, 1}, true, 1s);
    expect_unreachable(topics, 0ms);
  });
  EXPECT_LT(took, 4s);
  took = time_of([&] { expect_unreachable(log->open_writer(writer_options(1s)), 0ms); });
  EXPECT_LT(took, 4s);
  took = time_of([&] { expect_unreachable(log->open_reader("events", ReadFrom::earliest), 0ms); });
  EXPECT_LT(took, 4s);
  took =
      time_of([&] { expect_unreachable(log->latest("events", "k", Settled::required, 1s), 0ms); });
  EXPECT_LT(took, 4s);
}

// --- What may be set.

Error refusal_of(const std::string& name, const std::string& value) {
  auto options = options_for("127.0.0.1:1");
  options.options[name] = value;
  auto log = open_kafka_log(options);
  if (log) throw std::runtime_error("option " + name + " was taken");
  return log.error();
}

TEST(KafkaLogOptions, what_exactly_once_hangs_on_cannot_be_set) {
  for (const auto* name :
       {"acks", "request.required.acks", "enable.idempotence", "transactional.id",
        "isolation.level", "bootstrap.servers", "metadata.broker.list", "test.mock.num.brokers"}) {
    const auto error = refusal_of(name, "1");
    EXPECT_EQ(error.kind, ErrorKind::bad_option) << name;
    EXPECT_THAT(error.message, HasSubstr(name));
  }
}

TEST(KafkaLogOptions, an_unknown_name_or_a_bad_value_is_refused_and_the_value_is_not_shown) {
  EXPECT_THAT(refusal_of("no.such.option", "x").message, HasSubstr("no.such.option"));
  const auto error = refusal_of("security.protocol", "hunter2");
  EXPECT_EQ(error.kind, ErrorKind::bad_option);
  EXPECT_THAT(error.message, HasSubstr("security.protocol"));
  EXPECT_THAT(error.message, Not(HasSubstr("hunter2")));
}

TEST(KafkaLogOptions, settings_that_contradict_each_other_are_refused) {
  auto options = options_for("127.0.0.1:1");
  options.options["security.protocol"] = "ssl";
  options.options["ssl.ca.location"] = "/no/such/file.pem";
  const auto log = open_kafka_log(options);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind, ErrorKind::bad_option);
}

// --- Fencing.

TEST_F(KafkaLogTest, what_a_fenced_writer_had_open_is_never_visible_and_it_never_writes_again) {
  start_broker();
  const auto topic = make_topic("events");
  const auto first = take(log().open_writer(writer_options()));
  write(*first, topic, "committed by the first");
  take(first->begin());
  for (int at = 0; at < 1'000; ++at)
    take(first->produce(record_of(topic, "left open by the first")));
  const auto second = take(log().open_writer(writer_options()));
  write(*second, topic, "committed by the second");

  const auto committed = first->commit({});
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind, ErrorKind::in_doubt);
  EXPECT_THAT(committed.error().message, HasSubstr("fenced"));
  EXPECT_FALSE(first->begin());
  EXPECT_FALSE(first->produce(record_of(topic, "too late")));
  EXPECT_FALSE(first->abort());
  write(*second, topic, "committed by the second again");
  EXPECT_THAT(values_in(log(), topic),
              ElementsAre("committed by the first", "committed by the second",
                          "committed by the second again"));
}

// --- Where a transaction ends for readers.

TEST_F(KafkaLogTest,
       an_open_transaction_lies_between_the_last_stable_offset_and_the_high_watermark) {
  start_broker();
  const auto topic = make_topic("events");
  const auto writer = take(log().open_writer(writer_options()));
  write(*writer, topic, "committed");
  take(writer->begin());
  for (int at = 0; at < 600; ++at) take(writer->produce(record_of(topic, "open")));

  const auto options = options_for(broker_->address());
  const auto end_as = [&](const char* isolation) {
    auto conf = take(make_conf(options, {}, {{"isolation.level", isolation}}));
    const auto client = take(Client::open(RD_KAFKA_CONSUMER, std::move(conf), options.brokers));
    return take(end_offsets(*client, topic, 1, Deadline(10s))).front();
  };
  // A record and its marker, then 600 records that are not decided.
  for (const auto begin = Clock::now();
       end_as("read_uncommitted") < 602 && Clock::now() - begin < 10s;) {
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_EQ(end_as("read_uncommitted"), 602);
  EXPECT_EQ(end_as("read_committed"), 2);
  take(writer->commit({}));
  for (const auto begin = Clock::now();
       end_as("read_committed") < 603 && Clock::now() - begin < 10s;) {
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_EQ(end_as("read_committed"), 603);
}

TEST_F(KafkaLogTest, consumed_offsets_are_committed_with_the_transaction_and_not_without) {
  start_broker();
  const auto topic = make_topic("events");
  const auto writer = take(log().open_writer(writer_options()));
  const ConsumedOffsets consumed{
      .group = "readers", .positions = {{.topic = topic, .partition = 0, .next_offset = 41}}};
  const auto committed_offset = [&] {
    const ConfPtr conf{rd_kafka_conf_new()};
    rd_kafka_conf_set(conf.get(), "bootstrap.servers", broker_->address().c_str(), nullptr, 0);
    rd_kafka_conf_set(conf.get(), "group.id", "readers", nullptr, 0);
    rd_kafka_t* consumer =
        rd_kafka_new(RD_KAFKA_CONSUMER, rd_kafka_conf_dup(conf.get()), nullptr, 0);
    const PartitionsPtr partitions{rd_kafka_topic_partition_list_new(1)};
    rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), 0);
    EXPECT_EQ(rd_kafka_committed(consumer, partitions.get(), 15'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    const auto offset = partitions->elems[0].offset;
    rd_kafka_destroy(consumer);
    return offset;
  };
  EXPECT_EQ(committed_offset(), RD_KAFKA_OFFSET_INVALID);
  take(writer->begin());
  take(writer->produce(record_of(topic, "from offset 40")));
  take(writer->commit(consumed));
  EXPECT_EQ(committed_offset(), 41);
}

TEST_F(KafkaLogTest, a_reader_never_says_at_end_while_it_owes_what_another_has_seen) {
  start_broker();
  const auto topic = make_topic("events", 2);
  const auto writer = take(log().open_writer(writer_options()));
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  const auto other = take(log().open_reader(topic, ReadFrom::earliest));
  for (int at = 0; at < 30; ++at) {
    for (const auto begin = Clock::now(); !take(reader->poll(10, 10ms)).at_end;) {
      ASSERT_LT(Clock::now() - begin, 10s);
    }
    write(*writer, topic, "x");
    for (const auto begin = Clock::now(); take(other->poll(10, 1s)).records.empty();) {
      ASSERT_LT(Clock::now() - begin, 10s);
    }
    const auto batch = take(reader->poll(10, 0ms));
    EXPECT_TRUE(!batch.at_end || batch.records.size() == 1) << "transaction " << at;
  }
}

// --- Topics.

TEST_F(KafkaLogTest,
       a_partition_that_the_topic_does_not_have_is_refused_and_the_transaction_goes_on) {
  start_broker();
  const auto topic = make_topic("events", 2);
  const auto writer = take(log().open_writer(writer_options()));
  take(writer->begin());
  for (const std::int32_t partition : {2, -1}) {
    const auto produced = writer->produce(record_of(topic, "x", partition));
    ASSERT_FALSE(produced);
    EXPECT_EQ(produced.error().kind, ErrorKind::topic_shape);
    EXPECT_THAT(produced.error().message, HasSubstr("events"));
  }
  take(writer->produce(record_of(topic, "kept", 1)));
  take(writer->commit({}));
  EXPECT_THAT(values_in(log(), topic), ElementsAre("kept"));
}

TEST_F(KafkaLogTest, nothing_makes_a_topic_by_the_way_even_where_the_broker_would) {
  start_broker({.settings = {"auto.create.topics.enable=true"}});
  const auto writer = take(log().open_writer(writer_options()));
  take(writer->begin());
  const auto produced = writer->produce(record_of("nobody_made_this", "x"));
  ASSERT_FALSE(produced);
  EXPECT_EQ(produced.error().kind, ErrorKind::topic_missing);
  const auto reader = log().open_reader("nobody_made_this", ReadFrom::earliest);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::topic_missing);
  std::this_thread::sleep_for(500ms);
  const TopicSpec spec{.name = "nobody_made_this", .writer = "capture"};
  const auto topics = log().ensure_topics({&spec, 1}, false, 5s);
  ASSERT_FALSE(topics);
  EXPECT_EQ(topics.error().kind, ErrorKind::topic_missing);
}

// --- Rights.

TEST_F(KafkaLogTest, a_wrong_password_and_a_missing_right_are_denied_at_once) {
  const auto& broker = start_broker({.password_listener = true});
  make_topic("events");
  auto options = options_for(broker.password_address());
  options.options = {{"security.protocol", "sasl_plaintext"},
                     {"sasl.mechanism", "PLAIN"},
                     {"sasl.username", "bob"},
                     {"sasl.password", "not-his-password"}};
  const auto wrong = open_log(options);
  const TopicSpec spec{.name = "events", .writer = "capture"};
  const auto expect_denied = [](const auto& result, const char* why) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::denied) << result.error().message;
    EXPECT_THAT(result.error().message, HasSubstr(why));
    EXPECT_THAT(result.error().message, Not(HasSubstr("not-his-password")));
  };
  EXPECT_LT(
      time_of([&] { expect_denied(wrong->ensure_topics({&spec, 1}, true, 15s), "uthenticat"); }),
      5s);
  EXPECT_LT(time_of([&] { expect_denied(wrong->open_writer(writer_options()), "uthenticat"); }),
            5s);

  options.options["sasl.password"] = "bobpw";
  const auto without_rights = open_log(options);
  EXPECT_LT(time_of([&] {
              expect_denied(without_rights->ensure_topics({&spec, 1}, true, 15s), "uthoriz");
            }),
            5s);
  EXPECT_LT(
      time_of([&] { expect_denied(without_rights->open_writer(writer_options()), "uthoriz"); }),
      5s);
  EXPECT_LT(time_of([&] {
              expect_denied(without_rights->open_reader("events", ReadFrom::earliest), "uthoriz");
            }),
            5s);
}

// --- Broker away in the middle.

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
    EXPECT_TRUE(!batch || !batch->at_end || Clock::now() - begin < 1s);
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
