// Where a group stands while a transaction that moves it is open: who waits for that, and who ends
// it.
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <string>

#include "log/kafka/rdkafka_ptr.h"
#include "tests/integration/kafka_log_fixture.h"

namespace wakestream::log::kafka {
namespace {

using testing::IsEmpty;

// Leaves the transaction of a writer as one does that is killed between its offsets and its commit.
void leave_half_done(const std::string& brokers, const std::string& writer,
                     const std::string& group, const ConsumedOffsets::Position& position) {
  auto* conf = rd_kafka_conf_new();
  const auto id = "wakestream.integration." + writer;
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), nullptr, 0);
  rd_kafka_conf_set(conf, "transactional.id", id.c_str(), nullptr, 0);
  auto* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
  const auto expect_done = [](rd_kafka_error_t* error) {
    const ErrorPtr owned{error};
    EXPECT_EQ(owned, nullptr) << rd_kafka_error_string(owned.get());
  };
  expect_done(rd_kafka_init_transactions(producer, 15'000));
  expect_done(rd_kafka_begin_transaction(producer));
  const PartitionsPtr positions{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(positions.get(), position.topic.c_str(), position.partition)
      ->offset = position.next_offset;
  const GroupMetadataPtr metadata{rd_kafka_consumer_group_metadata_new(group.c_str())};
  expect_done(
      rd_kafka_send_offsets_to_transaction(producer, positions.get(), metadata.get(), 15'000));
  rd_kafka_destroy(producer);
}

TEST_F(KafkaLogTest,
       what_a_dead_writer_left_open_is_waited_for_where_it_is_asked_for_and_not_else) {
  start_broker();
  const auto topic = make_topic("events", 2);
  auto name = writer_options();
  name.name = "share-0";
  {
    const auto writer = take(log().open_writer(name));
    take(writer->begin());
    take(writer->commit({"readers", {{topic, 0, 5}, {topic, 1, 7}}}));
  }
  leave_half_done(broker_->address(), "share-0", "readers", {topic, 0, 50});

  const auto next = [&](Settled settled, std::int32_t partition, Milliseconds deadline) {
    return log().committed_offsets(
        {"readers", topic, settled, [partition](std::int32_t one) { return one == partition; }},
        deadline);
  };
  const auto unsettled = next(Settled::required, 0, 1s);
  ASSERT_FALSE(unsettled) << "it is open there";
  EXPECT_EQ(unsettled.error().kind, ErrorKind::unreachable);
  EXPECT_EQ(take(next(Settled::required, 1, 15s))[1].next_offset, 7);
  const auto as_it_is = take(next(Settled::as_it_is, 0, 15s));
  ASSERT_EQ(as_it_is.size(), 2U);
  EXPECT_EQ(as_it_is[0].next_offset, 5);
  EXPECT_THAT(as_it_is[1].writer, IsEmpty()) << "it was not asked for";

  // Whoever comes next ends it.
  const auto writer = take(log().open_writer(name));
  EXPECT_EQ(take(next(Settled::required, 0, 15s))[0].next_offset, 5);
}

}  // namespace
}  // namespace wakestream::log::kafka
