// A record comes out as it went in, whatever its bytes.
#include <gmock/gmock.h>

#include "tests/contract/event_log_contract.h"

namespace wakestream::log::contract {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

namespace {

std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  return bytes;
}

}  // namespace

TEST_P(EventLogContract, keys_values_and_headers_of_any_bytes_come_back_as_they_were) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  using namespace std::string_literals;
  std::string packed;
  HeaderWriter headers(packed);
  headers.add("ce_id", "text");
  headers.add("zero", "a\0b"s);
  headers.add("bytes", all_bytes());
  headers.add("unicode", "\xc3\xa9\xf0\x9f\xa6\x8a \"quoted\" \\ \n");
  headers.add("empty", "");
  Record record;
  record.topic = topic;
  const auto key = "k\0ey"s;
  const auto value = all_bytes() + all_bytes();
  record.key = key;
  record.value = value;
  record.headers = packed;
  record.timestamp_ms = 1'700'000'123'456;
  take(writer->begin());
  take(writer->produce(record));
  commit(*writer);

  const auto read = read_topic(topic, 1);
  ASSERT_EQ(read.size(), 1U);
  EXPECT_EQ(read[0].key, key);
  EXPECT_EQ(read[0].value, value);
  EXPECT_FALSE(read[0].tombstone);
  EXPECT_EQ(read[0].timestamp_ms, 1'700'000'123'456);
  EXPECT_THAT(
      read[0].headers,
      ElementsAre(Pair("ce_id", "text"), Pair("zero", "a\0b"s), Pair("bytes", all_bytes()),
                  Pair("unicode", "\xc3\xa9\xf0\x9f\xa6\x8a \"quoted\" \\ \n"), Pair("empty", "")));
}

TEST_P(EventLogContract, headers_keep_their_order_and_a_name_may_come_twice) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  std::string packed;
  HeaderWriter headers(packed);
  headers.add("b", "1");
  headers.add("a", "2");
  headers.add("b", "3");
  Record record;
  record.topic = topic;
  record.key = "k";
  record.value = "v";
  record.headers = packed;
  take(writer->begin());
  take(writer->produce(record));
  commit(*writer);
  EXPECT_THAT(read_topic(topic, 1).at(0).headers,
              ElementsAre(Pair("b", "1"), Pair("a", "2"), Pair("b", "3")));
}

TEST_P(EventLogContract, values_of_a_megabyte_come_back_as_they_were) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  std::vector<std::string> values;
  take(writer->begin());
  for (char fill = 'a'; fill < 'e'; ++fill) {
    // Just below Kafka's own default limit for a request, which counts what stands around the value
    // too.
    values.emplace_back(1'000'000, fill);
    values.back()[500'000] = '\0';
    produce(*writer, topic, "k", values.back());
  }
  commit(*writer);
  EXPECT_TRUE(values_of(read_topic(topic, values.size())) == values);
}

TEST_P(EventLogContract, an_empty_value_is_a_value_and_a_tombstone_is_none) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  take(writer->begin());
  produce(*writer, topic, "k", "");
  produce_tombstone(*writer, topic, "k");
  produce(*writer, topic, "", "of the empty key");
  commit(*writer);
  const auto records = read_topic(topic, 3);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_FALSE(records[0].tombstone);
  EXPECT_THAT(records[0].value, IsEmpty());
  EXPECT_THAT(records[0].headers, IsEmpty());
  EXPECT_TRUE(records[1].tombstone);
  EXPECT_THAT(records[1].value, IsEmpty());
  EXPECT_EQ(records[1].key, "k");
  EXPECT_THAT(records[2].key, IsEmpty());
  EXPECT_EQ(records[2].value, "of the empty key");
}

TEST_P(EventLogContract, a_record_goes_to_the_partition_that_its_writer_chose) {
  const auto topic = make_topic("events", 4);
  const auto writer = open_writer();
  take(writer->begin());
  for (int at = 0; at < 40; ++at) {
    produce(*writer, topic, "same key", std::to_string(at), at % 4);
  }
  commit(*writer);
  int next[4] = {0, 1, 2, 3};
  for (const auto& record : read_topic(topic, 40)) {
    ASSERT_GE(record.partition, 0);
    ASSERT_LT(record.partition, 4);
    EXPECT_EQ(record.value, std::to_string(next[record.partition]));
    next[record.partition] += 4;
  }
  EXPECT_THAT(next, ElementsAre(40, 41, 42, 43));
}

TEST_P(EventLogContract, the_log_keeps_a_copy_of_what_was_produced) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  std::string value = "as it was";
  take(writer->begin());
  produce(*writer, topic, "k", value);
  value = "overwritten";
  produce(*writer, topic, "k", value);
  commit(*writer);
  EXPECT_THAT(values_of(read_topic(topic, 2)), ElementsAre("as it was", "overwritten"));
}

}  // namespace wakestream::log::contract
