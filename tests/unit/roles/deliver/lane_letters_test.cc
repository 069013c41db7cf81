#include "roles/deliver/lane_letters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/support/memory_lane_store.h"

namespace wakestream::deliver {
namespace {

Letter letter(std::string_view account, std::int64_t offset) {
  Letter letter;
  letter.event.key = account;
  letter.event.offset = offset;
  return letter;
}

class LaneLettersTest : public testing::Test {
 protected:
  LaneLettersTest() {
    for (std::int64_t offset = 0; offset < count; ++offset) store_.put_letter(letter("a", offset));
    store_.put_letter(letter("b", 7));
  }

  std::vector<std::int64_t> walk(std::int64_t before, std::size_t count_max) {
    std::vector<std::int64_t> offsets;
    walk_backwards(store_, "a", before, [&](const Letter& letter) {
      offsets.push_back(letter.event.offset);
      return offsets.size() < count_max;
    });
    return offsets;
  }

  static constexpr std::int64_t count = 3 * letters_at_once;
  MemoryLaneStore store_;
};

TEST_F(LaneLettersTest, each_of_the_account_comes_once_the_last_one_first) {
  const auto all = walk(behind_all_letters, 1'000);
  EXPECT_EQ(all.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(all.front(), count - 1);
  EXPECT_TRUE(std::ranges::is_sorted(all, std::greater()));
  EXPECT_EQ(walk(2, 1'000), (std::vector<std::int64_t>{1, 0}));
}

TEST_F(LaneLettersTest, memory_holds_a_handful) {
  walk(behind_all_letters, 1'000);
  EXPECT_EQ(store_.handed_out_max, letters_at_once);
}

TEST_F(LaneLettersTest, no_more_are_read_when_the_visitor_has_enough) {
  EXPECT_EQ(walk(50, 3), (std::vector<std::int64_t>{49, 48, 47}));
}

TEST_F(LaneLettersTest, the_visitor_may_take_put_and_remove_them) {
  walk_backwards(store_, "a", behind_all_letters, [this](Letter& letter) {
    if (letter.event.offset % 2 == 0) {
      store_.remove_letter("a", letter.event.offset);
    } else {
      letter.status = 500;
      store_.put_letter(std::exchange(letter, {}));
    }
    return true;
  });
  EXPECT_EQ(walk(behind_all_letters, 1'000).size(), static_cast<std::size_t>(count / 2));
  EXPECT_EQ(store_.front("a")->status, 500);
}

// Whatever it is asked for it gives the last ones.
class StuckStore : public MemoryLaneStore {
 public:
  std::vector<Letter> letters_before(std::string_view account, std::int64_t,
                                     std::size_t count_max) override {
    return MemoryLaneStore::letters_before(account, behind_all_letters, count_max);
  }
};

TEST(LaneLettersEndTest, a_store_that_fails_is_not_asked_without_end) {
  StuckStore store;
  for (std::int64_t offset = 0; offset < 100; ++offset) store.put_letter(letter("a", offset));
  std::size_t visited = 0;
  walk_backwards(store, "a", behind_all_letters, [&visited](const Letter&) {
    ++visited;
    return true;
  });
  EXPECT_EQ(visited, letters_at_once);
}

}  // namespace
}  // namespace wakestream::deliver
