// Of each name at most one writer can commit, and opening one is final for all before it.
#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/contract/event_log_contract.h"

namespace wakestream::log::contract {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_P(EventLogContract, a_writer_closed_inside_a_transaction_leaves_nothing) {
  const auto topic = make_topic("events");
  auto writer = open_writer();
  write(*writer, topic, {"committed"});
  take(writer->begin());
  produce(*writer, topic, "k", "left open");
  writer.reset();
  writer = open_writer();
  EXPECT_THAT(values_before_sentinel(*writer, topic), ElementsAre("committed"));
}

TEST_P(EventLogContract, a_writer_can_be_opened_again_and_again) {
  const auto topic = make_topic("events");
  for (const auto* value : {"one", "two", "three"}) {
    const auto writer = open_writer();
    write(*writer, topic, {value});
  }
  EXPECT_THAT(values_of(read_topic(topic, 3)), ElementsAre("one", "two", "three"));
}

TEST_P(EventLogContract, what_an_older_writer_had_open_never_becomes_visible_once_a_newer_is_open) {
  const auto topic = make_topic("events");
  const auto other_log = open_again();
  auto older = take(other_log->open_writer(writer_options()));
  take(older->begin());
  produce(*older, topic, "k", "of the older");
  if (!fences_living_writer()) older.reset();

  const auto newer = open_writer();
  if (older) {
    const auto done = older->commit({});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, ErrorKind::in_doubt);
  }
  write(*newer, topic, {"of the newer"});
  EXPECT_THAT(values_before_sentinel(*newer, topic), ElementsAre("of the newer"));
}

TEST_P(EventLogContract, an_idle_writer_cannot_commit_once_a_newer_is_open) {
  if (!fences_living_writer())
    GTEST_SKIP() << "the second writer is refused here: see the next test";
  const auto topic = make_topic("events");
  const auto other_log = open_again();
  const auto older = take(other_log->open_writer(writer_options()));
  write(*older, topic, {"while it was the only one"});
  const auto newer = open_writer();
  EXPECT_TRUE(a_transaction_is_refused(*older, topic, "too late"));
  write(*newer, topic, {"of the newer"});
  EXPECT_THAT(values_before_sentinel(*newer, topic),
              ElementsAre("while it was the only one", "of the newer"));
}

TEST_P(EventLogContract, a_second_writer_is_refused_while_the_first_lives_and_told_its_pid) {
  if (fences_living_writer())
    GTEST_SKIP() << "the first writer is fenced here: see the test before";
  const auto topic = make_topic("events");
  auto first = open_writer();
  const auto other_log = open_again();
  auto options = writer_options();
  options.open_deadline = Milliseconds{100};

  const auto second = other_log->open_writer(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::held);
  EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(::getpid())));

  write(*first, topic, {"the first goes on"});
  first.reset();
  const auto third = take(other_log->open_writer(options));
  EXPECT_THAT(values_before_sentinel(*third, topic), ElementsAre("the first goes on"));
}

TEST_P(EventLogContract, writers_of_different_names_do_not_disturb_each_other) {
  const auto mine = make_topic("events");
  auto spec = topic_spec("control", 1, Cleanup::by_age);
  spec.writer = unique("control-writer");
  take(log().ensure_topics({&spec, 1}, true, deadline));
  auto options = writer_options();
  options.name = spec.writer;

  const auto writer = open_writer();
  take(writer->begin());
  produce(*writer, mine, "k", "mine");
  const auto other = take(log().open_writer(options));
  write(*other, spec.name, {"theirs"});
  commit(*writer);
  EXPECT_THAT(values_of(read_topic(mine, 1)), ElementsAre("mine"));
  EXPECT_THAT(values_of(read_topic(spec.name, 1)), ElementsAre("theirs"));
}

TEST_P(EventLogContract,
       a_record_too_big_is_refused_by_topic_and_size_and_the_transaction_goes_on) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  const std::string value(64UL * 1024 * 1024, 'x');
  take(writer->begin());
  produce(*writer, topic, "k", "small");
  const auto refused = try_produce(*writer, topic, "k", value);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::record_too_big);
  EXPECT_THAT(refused.error().message, HasSubstr(topic));
  EXPECT_LT(refused.error().message.size(), 1'000U);
  commit(*writer);
  EXPECT_THAT(values_before_sentinel(*writer, topic), ElementsAre("small"));
}

TEST_P(EventLogContract, a_transaction_of_nothing_but_an_abort_leaves_nothing) {
  const auto topic = make_topic("events");
  const auto writer = open_writer();
  take(writer->begin());
  take(writer->abort());
  EXPECT_THAT(values_before_sentinel(*writer, topic), IsEmpty());
}

}  // namespace wakestream::log::contract
