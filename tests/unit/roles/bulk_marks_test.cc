#include "roles/capture/bulk_marks.h"

#include <gtest/gtest.h>

namespace wakestream::capture {
namespace {

class BulkMarksTest : public testing::Test {
 protected:
  BulkMarks marks{{{"backfill"}, "wakestream.bulk"}};
};

TEST_F(BulkMarksTest, a_transaction_of_a_listed_origin_is_marked_by_its_name) {
  marks.saw(cdc::TransactionBegin{});
  EXPECT_EQ(marks.mark(), "");
  marks.saw(cdc::TransactionOrigin{"backfill"});
  EXPECT_EQ(marks.mark(), "backfill");
  marks.saw(cdc::TransactionBegin{});
  EXPECT_EQ(marks.mark(), "") << "the next one is not";
  marks.saw(cdc::TransactionOrigin{"other"});
  EXPECT_EQ(marks.mark(), "");
}

TEST_F(BulkMarksTest, a_message_of_the_prefix_marks_what_comes_behind_it) {
  marks.saw(cdc::TransactionBegin{});
  marks.saw(cdc::TransactionMessage{"wakestream.bulk", "tiers-2026"});
  EXPECT_EQ(marks.mark(), "tiers-2026");
  marks.saw(cdc::TransactionMessage{"wakestream.bulk", "consents"});
  EXPECT_EQ(marks.mark(), "consents") << "the later one says more";
}

TEST_F(BulkMarksTest, what_is_no_name_does_not_become_one) {
  for (const auto& content :
       {std::string(), std::string("ann@example.com"), std::string(65, 'x')}) {
    marks.saw(cdc::TransactionBegin{});
    marks.saw(cdc::TransactionMessage{"wakestream.bulk", content});
    EXPECT_EQ(marks.mark(), "wakestream.bulk");
  }
}

TEST_F(BulkMarksTest, messages_of_other_applications_mark_nothing) {
  marks.saw(cdc::TransactionBegin{});
  marks.saw(cdc::TransactionMessage{"wakestream.bulky", "x"});
  marks.saw(cdc::TransactionMessage{"", "x"});
  EXPECT_EQ(marks.mark(), "");
  BulkMarks none({});
  none.saw(cdc::TransactionMessage{"", "x"});
  none.saw(cdc::TransactionOrigin{""});
  EXPECT_EQ(none.mark(), "");
}

}  // namespace
}  // namespace wakestream::capture
