#include "log/partition.h"

#include <gtest/gtest.h>

#include <string>

namespace wakestream::log {

namespace {

struct Vector {
  std::string key;
  std::int32_t hash;
  std::int32_t of_4;
  std::int32_t of_7;
};

using namespace std::string_literals;

// The first six are Apache Kafka's own (clients, UtilsTest.testMurmur2); the others were computed
// by its Java client 4.1.1 (Utils.murmur2 and Utils.toPositive): no byte, each length of the rest,
// and bytes above 0x7f, which Java reads as negative.
const Vector vectors[] = {
    {"21", -973932308, 0, 3},
    {"foobar", -790332482, 2, 0},
    {"a-little-bit-long-string", -985981536, 0, 1},
    {"a-little-bit-longer-string", -1486304829, 3, 0},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971, 1, 3},
    {"abc", 479470107, 3, 4},
    {"", 275646681, 1, 2},
    {"a", -1563381124, 0, 5},
    {"ab", 316155434, 2, 0},
    {"abcd", -1323649548, 0, 5},
    {"acc-000123", 1348248735, 3, 1},
    {"\xc3\xa9\xc3\x9f\xe6\x97\xa5", -57467767, 1, 2},
};

}  // namespace

TEST(Partition, murmur2_is_what_kafkas_java_client_computes) {
  for (const auto& vector : vectors) {
    EXPECT_EQ(static_cast<std::int32_t>(murmur2(vector.key)), vector.hash)
        << '"' << vector.key << '"';
  }
  EXPECT_EQ(static_cast<std::int32_t>(murmur2("\xff\0\x80\x01\xfe"s)), -1239453769);
}

TEST(Partition, a_key_goes_to_the_partition_that_kafkas_java_client_takes) {
  for (const auto& vector : vectors) {
    EXPECT_EQ(partition_of(vector.key, 4), vector.of_4) << '"' << vector.key << '"';
    EXPECT_EQ(partition_of(vector.key, 7), vector.of_7) << '"' << vector.key << '"';
    EXPECT_EQ(partition_of(vector.key, 1), 0);
  }
}

}  // namespace wakestream::log
