#include "app/snapshot/progress_line.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace wakestream::app {
namespace {

TEST(SnapshotPace, is_that_of_the_last_seconds) {
  Pace pace;
  EXPECT_FALSE(pace.rows_per_s());
  pace.note(1'000, 0);
  EXPECT_FALSE(pace.rows_per_s());
  pace.note(3'000, 200);
  EXPECT_DOUBLE_EQ(*pace.rows_per_s(), 100);
  for (std::int64_t second = 4; second <= 30; ++second)
    pace.note(second * 1'000, 200 + static_cast<std::uint64_t>(second - 3) * 10);
  EXPECT_DOUBLE_EQ(*pace.rows_per_s(), 10);
  pace.forget();
  EXPECT_FALSE(pace.rows_per_s());
}

TEST(SnapshotProgressLine, shows_share_rate_and_time_left) {
  EXPECT_EQ(
      progress_line({"graph.account", false, 450, 1000, 90, ""}, 120),
      "graph.account  [##################......................]   45 %  450 of about 1000 rows"
      "  90/s  6.1 s left");
}

TEST(SnapshotProgressLine, is_as_wide_as_the_terminal_at_most) {
  const TableProgress progress{"graph.account", false, 450, 1000, 90, ""};
  const auto narrow = progress_line(progress, 80);
  EXPECT_LE(narrow.size(), 80U);
  EXPECT_NE(narrow.find("[####"), std::string::npos) << narrow;
  EXPECT_EQ(progress_line(progress, 70).find('['), std::string::npos) << "no room for a bar";
  EXPECT_EQ(progress_line(progress, 20).size(), 20U);
}

TEST(SnapshotProgressLine, has_no_bar_where_nobody_has_counted) {
  EXPECT_EQ(progress_line({"t.a", false, 7, -1, 3.4, ""}, 100), "t.a  7 rows  3/s");
  EXPECT_EQ(progress_line({"t.a", true, 7, 1000, std::nullopt, ""}, 100),
            "t.a (a part of it)  7 rows");
}

TEST(SnapshotProgressLine, is_not_done_before_the_table_says_so_and_says_why_it_waits) {
  EXPECT_NE(progress_line({"t.a", false, 1200, 1000, 9, ""}, 100).find(" 99 %"), std::string::npos);
  EXPECT_EQ(progress_line({"t.a", false, 7, 0, 9, "paused"}, 100), "t.a  7 rows  paused");
}

}  // namespace
}  // namespace wakestream::app
