#include "roles/deliver/lane_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakestream::deliver {
namespace {

using testing::HasSubstr;

TEST(LaneRecord, comes_back_as_it_was_written) {
  const LaneState state{.parked = true,
                        .parked_from = 17,
                        .attempts = 10,
                        .due_ms = 1790000005000,
                        .since_ms = 1790000000000,
                        .front = "1-2-3",
                        .sequence = "1-2-3+0001",
                        .error = "\"later\", says the receiver",
                        .status = 503,
                        .bulk = true};
  const auto read = decode_lane(encode_lane(state));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, state);
  EXPECT_EQ(*decode_lane(encode_lane({})), LaneState{});
}

TEST(LaneRecord, of_a_lane_that_an_earlier_version_parked_nothing_goes_before_the_rest) {
  const auto read = decode_lane(
      R"({"format_version":1,"parked":true,"attempts":1,"due_ms":5,"since_ms":4,"front":"1-2-3",)"
      R"("sequence":"","error":"no","status":400})");
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(read->parked);
  EXPECT_EQ(read->parked_from, 0);
}

TEST(LaneRecord, that_is_bent_is_an_error_that_says_so) {
  EXPECT_THAT(decode_lane("parked").error(), HasSubstr("not a JSON object"));
  EXPECT_THAT(decode_lane(R"({"format_version":2})").error(), HasSubstr("format version 2"));
  EXPECT_THAT(decode_lane(R"({"format_version":1,"parked":1})").error(),
              HasSubstr("\"parked\" is not true or false"));
  EXPECT_THAT(decode_lane(R"({"format_version":1,"parked":true,"attempts":-1})").error(),
              HasSubstr("\"attempts\" is not a count"));
}

}  // namespace
}  // namespace wakestream::deliver
