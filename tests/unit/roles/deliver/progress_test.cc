#include "roles/deliver/progress.h"

#include <gtest/gtest.h>

#include <random>

namespace wakestream::deliver {
namespace {

TEST(Progress, goes_on_at_the_first_that_is_unfinished) {
  Progress progress(100);
  EXPECT_EQ(progress.next(), 100);
  for (const auto offset : {100, 101, 103}) EXPECT_TRUE(progress.read(offset));
  EXPECT_EQ(progress.next(), 100);
  progress.done(101);
  EXPECT_EQ(progress.next(), 100);
  progress.done(100);
  EXPECT_EQ(progress.next(), 103);
  progress.done(103);
  EXPECT_EQ(progress.next(), 104);
  EXPECT_EQ(progress.unfinished_count(), 0U);
}

TEST(Progress, in_a_later_life_only_what_is_unfinished_is_done_again) {
  Progress before;
  for (std::int64_t offset = 0; offset < 6; ++offset) before.read(offset);
  for (const auto offset : {0, 2, 3, 5}) before.done(offset);
  auto after = Progress::decode(before.encode());
  ASSERT_TRUE(after);
  EXPECT_EQ(after->next(), 1);
  EXPECT_TRUE(after->read(1));
  EXPECT_FALSE(after->read(2));
  EXPECT_FALSE(after->read(3));
  EXPECT_TRUE(after->read(4));
  EXPECT_FALSE(after->read(5));
  EXPECT_TRUE(after->read(6)) << "new";
  EXPECT_EQ(after->unfinished_count(), 3U);
}

TEST(Progress, has_the_form_that_its_header_shows) {
  Progress progress(117);
  for (const auto offset : {117, 118, 119}) progress.read(offset);
  progress.done(119);
  EXPECT_EQ(progress.encode(), R"({"format_version":1,"read":120,"unfinished":[117,1]})");
  EXPECT_EQ(Progress(7).encode(), R"({"format_version":1,"read":7,"unfinished":[]})");
}

TEST(Progress, comes_back_as_it_was_written) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    Progress progress(static_cast<std::int64_t>(random() % 3));
    std::int64_t offset = progress.next();
    for (int event = 0; event < 50; ++event) {
      offset += static_cast<std::int64_t>(random() % 3);
      progress.read(offset);
      if (random() % 2 == 0) progress.done(offset);
      ++offset;
    }
    const auto again = Progress::decode(progress.encode());
    ASSERT_TRUE(again) << progress.encode();
    EXPECT_EQ(again->encode(), progress.encode());
    EXPECT_EQ(again->next(), progress.next());
  }
}

TEST(Progress, that_is_bent_is_nothing) {
  for (const auto* text : {"", "7", "[]", "{}", R"({"format_version":1,"read":7})",
                           R"({"format_version":2,"read":7,"unfinished":[]})",
                           R"({"format_version":1,"read":-1,"unfinished":[]})",
                           R"({"format_version":1,"read":7,"unfinished":[-1]})",
                           R"({"format_version":1,"read":7,"unfinished":[7]})",
                           R"({"format_version":1,"read":7,"unfinished":[3,0]})",
                           R"({"format_version":1,"read":7,"unfinished":[3,9223372036854775807]})",
                           R"({"format_version":1,"read":7,"unfinished":["3"]})"})
    EXPECT_FALSE(Progress::decode(text)) << text;
}

TEST(Progress, a_key_names_its_partition_and_is_no_account) {
  EXPECT_EQ(read_progress_key(progress_key(0)), 0);
  EXPECT_EQ(read_progress_key(progress_key(999)), 999);
  EXPECT_EQ(progress_key(7).front(), '\0');
  for (const auto& key : {std::string(early_progress_key), std::string(early_progress_key) + ".",
                          progress_key(7) + "x", progress_key(-7), std::string("account.7")})
    EXPECT_FALSE(read_progress_key(key));
}

}  // namespace
}  // namespace wakestream::deliver
