// The sequence of whatever goes out behind a later one.
#include "roles/deliver/sequence.h"

#include <gtest/gtest.h>

namespace wakestream::deliver {
namespace {

TEST(SequenceTest, in_the_ordinary_case_it_is_the_events_own) {
  EXPECT_EQ(sequence_behind("", "B", "C"), "B");
  EXPECT_EQ(sequence_behind("A", "B", "C"), "B");
  EXPECT_EQ(sequence_behind("B", "B", "C"), "B") << "it was this one that was sent";
}

TEST(SequenceTest, behind_a_later_one_it_is_the_highest_that_was_read_and_a_number) {
  EXPECT_EQ(sequence_behind("B", "A", "C"), "C+0001");
  EXPECT_EQ(sequence_behind("C+0001", "A", "C"), "C+0002");
  EXPECT_EQ(sequence_behind("C+0009", "A", "C"), "C+0010");
  EXPECT_EQ(sequence_behind("C+0002", "A", "D"), "D+0001");
}

TEST(SequenceTest, after_a_restart_that_read_less_it_rises_all_the_same) {
  EXPECT_EQ(sequence_behind("C+0002", "A", ""), "C+0003");
  EXPECT_EQ(sequence_behind("C", "A", "B"), "C+0001");
}

TEST(SequenceTest, it_rises_as_text_without_end_and_stays_before_what_is_read_later) {
  std::string sent = "C";
  for (int at = 0; at < 25'000; ++at) {
    auto next = sequence_behind(sent, "A", "C");
    ASSERT_GT(next, sent);
    ASSERT_LT(next, "D");
    sent = std::move(next);
  }
  EXPECT_EQ(sequence_behind("C+9999", "A", "C"), "C+99990001");
}

TEST(SequenceTest, an_event_may_name_its_own_beside_its_id) {
  log::StoredRecord event;
  event.headers = {{"ce_id", "A"}};
  EXPECT_EQ(own_sequence(event), "A");
  event.headers.emplace_back("ce_sequence", "B");
  EXPECT_EQ(own_sequence(event), "B");
}

}  // namespace
}  // namespace wakestream::deliver
