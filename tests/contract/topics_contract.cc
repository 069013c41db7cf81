// Topics are made once, with the shape that they need, or checked.
#include <gmock/gmock.h>

#include "tests/contract/event_log_contract.h"

namespace wakestream::log::contract {

using testing::HasSubstr;

TEST_P(EventLogContract, ensure_topics_makes_what_is_missing_and_says_so_once) {
  const std::vector<TopicSpec> specs = {topic_spec("events", 4, Cleanup::by_age),
                                        topic_spec("checkpoint", 1, Cleanup::compact)};
  const auto first = take(log().ensure_topics(specs, true, deadline));
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].name, specs[0].name);
  EXPECT_EQ(first[0].partition_count, 4);
  EXPECT_TRUE(first[0].created);
  EXPECT_EQ(first[1].name, specs[1].name);
  EXPECT_EQ(first[1].partition_count, 1);
  EXPECT_TRUE(first[1].created);

  reopen();
  const auto second = take(log().ensure_topics(specs, true, deadline));
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0].partition_count, 4);
  EXPECT_FALSE(second[0].created);
  EXPECT_FALSE(second[1].created);
}

TEST_P(EventLogContract, ensure_topics_may_be_forbidden_to_make_any) {
  const auto spec = topic_spec("events", 1, Cleanup::by_age);
  const auto refused = log().ensure_topics({&spec, 1}, false, deadline);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::topic_missing);
  EXPECT_THAT(refused.error().message, HasSubstr(spec.name));
  EXPECT_FALSE(log().open_reader(spec.name, ReadFrom::earliest))
      << "it must not have been made all the same";

  take(log().ensure_topics({&spec, 1}, true, deadline));
  const auto found = take(log().ensure_topics({&spec, 1}, false, deadline));
  EXPECT_FALSE(found.at(0).created);
}

TEST_P(EventLogContract, ensure_topics_reports_the_partition_count_that_it_found) {
  make_topic("events", 4);
  const auto spec = topic_spec("events", 2, Cleanup::by_age);
  const auto found = take(log().ensure_topics({&spec, 1}, true, deadline));
  EXPECT_EQ(found.at(0).partition_count, 4);
  EXPECT_FALSE(found.at(0).created);
}

TEST_P(EventLogContract, ensure_topics_refuses_a_topic_that_is_cleaned_up_in_another_way) {
  make_topic("checkpoint");
  const auto spec = topic_spec("checkpoint", 1, Cleanup::compact);
  const auto refused = log().ensure_topics({&spec, 1}, true, deadline);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::topic_shape);
  EXPECT_THAT(refused.error().message, HasSubstr(spec.name));
}

TEST_P(EventLogContract, a_topic_made_while_its_writer_is_open_can_be_written_at_once) {
  const auto first = make_topic("events");
  const auto writer = open_writer();
  write(*writer, first, {"one"});
  const auto second = make_topic("quarantine");
  write(*writer, second, {"two"});
  EXPECT_EQ(read_topic(second, 1).at(0).value, "two");
}

}  // namespace wakestream::log::contract
