// What is special about the event log on Kafka, on a real broker: fencing, where transactions end
// for readers, what may be set and what not. What both backends promise is in tests/contract.
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <string>
#include <thread>

#include "log/kafka/client_conf.h"
#include "log/kafka/end_offsets.h"
#include "tests/integration/kafka_log_fixture.h"

namespace wakestream::log::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

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
    // The coordinator of a group that nobody has used yet is being chosen.
    auto code = RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
    for (const auto begin = Clock::now();
         code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR && Clock::now() - begin < 15s;)
      code = rd_kafka_committed(consumer, partitions.get(), 15'000);
    EXPECT_EQ(code, RD_KAFKA_RESP_ERR_NO_ERROR);
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

// As retention does it, at once.
void remove_before(const std::string& brokers, const std::string& topic, std::int64_t offset) {
  const ConfPtr conf{rd_kafka_conf_new()};
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", brokers.c_str(), nullptr, 0);
  rd_kafka_t* admin = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_dup(conf.get()), nullptr, 0);
  const PartitionsPtr partitions{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), 0)->offset = offset;
  rd_kafka_DeleteRecords_t* wish = rd_kafka_DeleteRecords_new(partitions.get());
  {
    const QueuePtr queue{rd_kafka_queue_new(admin)};
    rd_kafka_DeleteRecords(admin, &wish, 1, nullptr, queue.get());
    const EventPtr answer{rd_kafka_queue_poll(queue.get(), 15'000)};
    ASSERT_NE(answer, nullptr);
    EXPECT_EQ(rd_kafka_event_error(answer.get()), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  rd_kafka_DeleteRecords_destroy(wish);
  rd_kafka_destroy(admin);
}

TEST_F(KafkaLogTest, who_goes_on_from_an_offset_is_told_when_retention_took_what_was_there) {
  start_broker();
  const auto topic = make_topic("events");
  const auto writer = take(log().open_writer(writer_options()));
  for (const auto* value : {"one", "two", "three"}) write(*writer, topic, value);
  remove_before(broker_->address(), topic, 4);  // each record has a marker behind it
  const auto late = log().open_reader_at(topic, std::vector<std::int64_t>{2});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::removed);
  EXPECT_THAT(late.error().message, HasSubstr("offsets 2 to 3"));
  for (const std::int64_t offset : {0, 4}) {
    const auto reader = take(log().open_reader_at(topic, std::vector<std::int64_t>{offset}));
    std::vector<StoredRecord> records;
    for (const auto begin = Clock::now(); records.empty() && Clock::now() - begin < 10s;)
      records = take(reader->poll(10, 1s)).records;
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records.front().value, "three");
  }
}

TEST_F(KafkaLogTest, a_reader_never_says_at_end_while_it_owes_what_another_has_seen) {
  start_broker();
  const auto topic = make_topic("events", 2);
  const auto writer = take(log().open_writer(writer_options()));
  const auto reader = take(log().open_reader(topic, ReadFrom::earliest));
  const auto other = take(log().open_reader(topic, ReadFrom::earliest));
  for (int at = 0; at < 30; ++at) {
    for (const auto begin = Clock::now(); take(reader->poll(10, 10ms)), !reader->at_end();) {
      ASSERT_LT(Clock::now() - begin, 10s);
    }
    write(*writer, topic, "x");
    for (const auto begin = Clock::now(); take(other->poll(10, 1s)).records.empty();) {
      ASSERT_LT(Clock::now() - begin, 10s);
    }
    const auto batch = take(reader->poll(10, 0ms));
    EXPECT_TRUE(!reader->at_end() || batch.records.size() == 1) << "transaction " << at;
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

}  // namespace
}  // namespace wakestream::log::kafka
