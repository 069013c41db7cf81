// What a role that reads does when something goes wrong, and who of two instances writes.
#include "roles/reading/course.h"

#include <gtest/gtest.h>

namespace wakestream::reading {
namespace {

using log::ErrorKind;

constexpr Words words{.in_doubt = "in_doubt",
                      .waiting = "waiting",
                      .log_away = "log_away",
                      .refused = "refused",
                      .is_in_doubt = "nobody knows",
                      .is_held = "another has it",
                      .is_away = "no log"};

log::Error error(ErrorKind kind) { return {kind, "what happened"}; }

TEST(CourseTest, what_passes_is_tried_again_after_a_pause_that_grows_and_is_told_once) {
  Course course({}, words);
  auto answer = course.failed(Step::read, error(ErrorKind::unreachable));
  EXPECT_FALSE(answer.ends);
  EXPECT_EQ(answer.pause_ms, 200);
  EXPECT_EQ(answer.event, "log_away");
  EXPECT_EQ(answer.message, "no log: what happened");
  answer = course.failed(Step::open_writer, error(ErrorKind::unreachable));
  EXPECT_EQ(answer.pause_ms, 400);
  EXPECT_EQ(answer.event, "");
  for (int at = 0; at < 20; ++at) answer = course.failed(Step::read, error(ErrorKind::unreachable));
  EXPECT_EQ(answer.pause_ms, 10'000);
  EXPECT_TRUE(course.wrote()) << "people are told that it is over";
  EXPECT_FALSE(course.wrote());
  EXPECT_EQ(course.failed(Step::read, error(ErrorKind::unreachable)).pause_ms, 200);
}

TEST(CourseTest, what_cannot_pass_ends_the_role_with_the_way_out) {
  for (const auto kind : {ErrorKind::denied, ErrorKind::topic_shape, ErrorKind::bad_option,
                          ErrorKind::record_too_big, ErrorKind::removed, ErrorKind::corrupt}) {
    Course course({}, words);
    const auto answer = course.failed(Step::write, error(kind));
    EXPECT_TRUE(answer.ends);
    EXPECT_EQ(answer.event, "refused");
    EXPECT_GT(answer.message.size(), std::string("what happened. ").size());
  }
}

TEST(CourseTest, the_private_events_may_come_later_and_public_topics_may_not) {
  Course course({}, words);
  auto answer = course.failed(Step::find_events, error(ErrorKind::topic_missing));
  EXPECT_FALSE(answer.ends);
  EXPECT_EQ(answer.event, "") << "capture makes it in a moment";
  for (int at = 0; at < 4; ++at)
    answer = course.failed(Step::find_events, error(ErrorKind::topic_missing));
  EXPECT_EQ(answer.event, "log_away");
  EXPECT_TRUE(Course({}, words).failed(Step::make_topics, error(ErrorKind::topic_missing)).ends);
}

TEST(CourseTest, a_held_log_is_waited_for) {
  const auto answer = Course({}, words).failed(Step::open_writer, error(ErrorKind::held));
  EXPECT_FALSE(answer.ends);
  EXPECT_EQ(answer.event, "waiting");
}

class TwoInstances : public testing::Test {
 protected:
  TwoInstances() {
    EXPECT_TRUE(course.may_write({0, 0}, true, 0)) << "the newest wins";
    course.wrote();
    const auto answer = course.failed(Step::write, error(ErrorKind::in_doubt));
    EXPECT_FALSE(answer.ends);
    EXPECT_EQ(answer.pause_ms, 1'000) << "another one's commit comes meanwhile";
    EXPECT_EQ(answer.event, "in_doubt");
  }
  Course course{{}, words};
};

TEST_F(TwoInstances, a_doubt_that_nobody_else_is_behind_ends_at_once) {
  EXPECT_TRUE(course.may_write({3, 0}, false, 0));
  EXPECT_TRUE(course.wrote());
}

TEST_F(TwoInstances, who_sees_another_ones_work_stands_by_as_long_as_it_goes_on) {
  EXPECT_FALSE(course.may_write({4, 0}, true, 1'000));
  EXPECT_FALSE(course.may_write({4, 0}, true, 30'999));
  EXPECT_FALSE(course.may_write({9, 0}, true, 31'000)) << "it goes on";
  EXPECT_FALSE(course.may_write({9, 0}, true, 60'999));
  EXPECT_TRUE(course.may_write({9, 0}, true, 61'000));
  // As long as it has not written, a failure changes nothing.
  course.failed(Step::open_writer, error(ErrorKind::unreachable));
  EXPECT_TRUE(course.may_write({9, 0}, true, 61'001));
}

TEST_F(TwoInstances, who_has_taken_over_is_as_one_that_never_doubted) {
  EXPECT_FALSE(course.may_write({9, 0}, true, 0));
  EXPECT_TRUE(course.may_write({9, 0}, true, 30'000));
  EXPECT_TRUE(course.wrote());
  EXPECT_TRUE(course.may_write({50, 50}, true, 30'001));
}

}  // namespace
}  // namespace wakestream::reading
