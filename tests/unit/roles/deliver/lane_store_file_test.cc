// The store on disk, by itself and beside a plain one in memory.
#include "roles/deliver/lane_store_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <random>

#include "tests/support/memory_lane_store.h"

namespace wakestream::deliver {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Letter letter(std::string_view account, std::int64_t offset, bool urgent = false,
              LetterState state = LetterState::waiting, std::string_view type = "c.a",
              bool bulk = false) {
  Letter letter;
  letter.event.partition = 2;
  letter.event.offset = offset;
  letter.event.timestamp_ms = 1790000000000 + offset;
  letter.event.key = account;
  letter.event.value = fmt::format(R"({{"offset":{}}})", offset);
  letter.event.headers = {{"ce_id", fmt::format("id-{}", offset)}, {"ce_type", std::string(type)}};
  if (bulk) letter.event.headers.emplace_back("ce_bulk", "backfill");
  letter.state = state;
  letter.urgent = urgent;
  letter.since_ms = offset + 1;
  if (state == LetterState::dead) {
    letter.error = "refused";
    letter.status = 422;
  }
  return letter;
}

// Everything that a letter says, to be compared.
std::string words(const Letter& letter) {
  return fmt::format("{}|{}|{}|{}|{}|{}|{}", letter.event.partition, letter.event.offset,
                     letter.event.timestamp_ms, letter.event.key, letter.event.value,
                     static_cast<int>(letter.state), letter_headers(letter));
}
std::string words(const std::optional<Letter>& letter) { return letter ? words(*letter) : "none"; }
std::vector<std::string> words(const std::vector<Letter>& letters) {
  std::vector<std::string> all;
  for (const auto& each : letters) all.push_back(words(each));
  return all;
}
std::vector<std::uint64_t> words(const LaneStore::Sums& sums) {
  return {sums.lanes_waiting,   sums.lanes_parked, sums.lanes_bulk,
          sums.letters_waiting, sums.letters_dead, sums.letters_bulk};
}

class LaneStoreFileTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(store_->take_failure(), ""); }

  std::unique_ptr<LaneStoreFile> store_ = std::move(*LaneStoreFile::make(std::size_t{1} << 20U));
};

TEST_F(LaneStoreFileTest, gives_back_what_was_put) {
  const LaneState state{.parked = true,
                        .parked_from = 40,
                        .attempts = 3,
                        .due_ms = 500,
                        .since_ms = 100,
                        .front = "1-2-3",
                        .sequence = "1-2-3+0001",
                        .error = "later",
                        .status = 503};
  EXPECT_FALSE(store_->lane("a"));
  store_->put_lane("a", state);
  EXPECT_EQ(store_->lane("a"), state);
  EXPECT_FALSE(store_->lane("b"));
  store_->put_letter(letter("a", 7));
  EXPECT_EQ(words(store_->front("a")), words(letter("a", 7)));
  store_->remove_lane("a");
  EXPECT_FALSE(store_->lane("a"));
  EXPECT_EQ(words(store_->front("a")), words(letter("a", 7))) << "its letters stay";
}

TEST_F(LaneStoreFileTest, an_urgent_letter_is_in_front_and_a_dead_one_never) {
  for (const auto offset : {5, 6, 7}) store_->put_letter(letter("a", offset));
  store_->put_letter(letter("a", 8, true));
  store_->put_letter(letter("a", 9, true));
  store_->put_letter(letter("a", 1, true, LetterState::dead));
  EXPECT_EQ(store_->front("a")->event.offset, 8);
  store_->remove_letter("a", 8);
  store_->remove_letter("a", 9);
  EXPECT_EQ(store_->front("a")->event.offset, 5);
  store_->put_letter(letter("a", 5, false, LetterState::dead));
  EXPECT_EQ(store_->front("a")->event.offset, 6) << "that which died is passed over";
  EXPECT_EQ(words(store_->sums()), (std::vector<std::uint64_t>{0, 0, 0, 2, 2, 0}));
}

TEST_F(LaneStoreFileTest, of_a_parked_lane_an_urgent_letter_alone_is_due) {
  LaneState state;
  state.parked = true;
  state.due_ms = 10;
  store_->put_lane("parked", state);
  state.parked = false;
  store_->put_lane("b", state);
  state.due_ms = 5;
  store_->put_lane("c", state);
  store_->put_letter(letter("parked", 1));
  EXPECT_THAT(store_->due(Turn::live, 4, 9), IsEmpty());
  EXPECT_THAT(store_->due(Turn::live, 10, 9), ElementsAre("c", "b")) << "the longest due first";
  store_->put_letter(letter("parked", 2, true));
  EXPECT_THAT(store_->due(Turn::live, 10, 9), ElementsAre("c", "b", "parked"));
  EXPECT_THAT(store_->due(Turn::live, 10, 1), ElementsAre("c"));
  store_->remove_letter("parked", 2);
  EXPECT_THAT(store_->due(Turn::live, 10, 9), ElementsAre("c", "b"));
}

TEST_F(LaneStoreFileTest, of_a_parked_lane_what_stands_before_that_is_due) {
  store_->put_lane("a", {.parked = true, .parked_from = 7, .due_ms = 10});
  store_->put_letter(letter("a", 7));
  store_->put_letter(letter("a", 6, false, LetterState::dead));
  EXPECT_THAT(store_->due(Turn::live, 10, 9), IsEmpty());
  store_->put_letter(letter("a", 6));
  EXPECT_THAT(store_->due(Turn::live, 10, 9), ElementsAre("a"));
  store_->put_lane("a", {.parked = true, .parked_from = 6, .due_ms = 10});
  EXPECT_THAT(store_->due(Turn::live, 10, 9), IsEmpty());
  store_->put_letter(letter("a", 5));
  EXPECT_THAT(store_->due(Turn::live, 10, 9), ElementsAre("a"));
  store_->remove_letter("a", 5);
  EXPECT_THAT(store_->due(Turn::live, 10, 9), IsEmpty());
}

TEST_F(LaneStoreFileTest, letters_before_are_the_nearest_in_order) {
  for (const auto offset : {3, 1, 2, 9}) store_->put_letter(letter("a", offset));
  const auto found = store_->letters_before("a", 9, 2);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].event.offset, 2);
  EXPECT_EQ(found[1].event.offset, 3);
  EXPECT_THAT(store_->letters_before("a", 1, 9), IsEmpty());
}

TEST_F(LaneStoreFileTest, a_replay_goes_through_all_accounts_some_at_a_time) {
  store_->put_lane("b", {});
  store_->put_letter(letter("a", 1));
  store_->put_letter(letter("c", 2, false, LetterState::dead));
  EXPECT_THAT(store_->accounts_after("", 2), ElementsAre("a", "b"));
  EXPECT_THAT(store_->accounts_after("b", 2), ElementsAre("c"));
  store_->remove_lane("b");
  store_->remove_letter("c", 2);
  EXPECT_THAT(store_->accounts_after("", 9), ElementsAre("a"));
}

TEST_F(LaneStoreFileTest, accounts_are_noted_until_they_are_forgotten) {
  store_->note("a");
  store_->note("a");
  store_->note_erasure("b", 7);
  store_->note_erasure("b", 5);
  EXPECT_TRUE(store_->is_noted("a"));
  EXPECT_FALSE(store_->is_noted("b"));
  EXPECT_EQ(store_->erased_below("b"), 7);
  EXPECT_EQ(store_->erased_below("a"), 0);
  store_->forget_noted();
  EXPECT_FALSE(store_->is_noted("a"));
  EXPECT_EQ(store_->erased_below("b"), 0);
  EXPECT_EQ(store_->take_failure(), "");
}

TEST_F(LaneStoreFileTest, answers_like_a_plain_one_whatever_is_done) {
  MemoryLaneStore plain;
  std::mt19937_64 random(11);
  const auto below = [&random](std::uint64_t end) {
    return static_cast<std::int64_t>(random() % end);
  };
  for (int step = 0; step < 5'000; ++step) {
    const auto account = fmt::format("acc-{}", below(12));
    const auto offset = below(40);
    const auto type = below(2) == 0 ? "c.a" : "c.b";
    switch (below(8)) {
      case 0: {
        const bool parked = below(3) == 0;
        const LaneState state{.parked = parked,
                              .parked_from = parked ? below(40) : 0,
                              .attempts = static_cast<std::uint32_t>(below(5)),
                              .due_ms = below(1000),
                              .since_ms = step,
                              .front = fmt::format("id-{}", offset),
                              .sequence = "",
                              .error = below(2) == 0 ? "later" : "",
                              .status = 500,
                              .bulk = below(2) == 0};
        store_->put_lane(account, state);
        plain.put_lane(account, state);
        break;
      }
      case 1:
        if (below(3) == 0) break;
        store_->remove_lane(account);
        plain.remove_lane(account);
        break;
      case 2:
      case 3:
      case 4: {
        const auto state = below(5) == 0 ? LetterState::dead : LetterState::waiting;
        auto put = letter(account, offset, below(6) == 0, state, type, below(3) == 0);
        put.replays = static_cast<std::uint32_t>(below(3));
        store_->put_letter(put);
        plain.put_letter(put);
        break;
      }
      default:
        store_->remove_letter(account, offset);
        plain.remove_letter(account, offset);
    }
    ASSERT_EQ(store_->lane(account), plain.lane(account)) << step;
    ASSERT_EQ(words(store_->front(account)), words(plain.front(account))) << step;
    ASSERT_EQ(store_->newer_waits(account, type, offset), plain.newer_waits(account, type, offset));
    const auto count_max = static_cast<std::size_t>(below(12));
    ASSERT_EQ(words(store_->letters_before(account, offset, count_max)),
              words(plain.letters_before(account, offset, count_max)));
    ASSERT_EQ(words(store_->dead_letters(account, count_max)),
              words(plain.dead_letters(account, count_max)));
    const auto now = below(1000);
    for (const auto turn : {Turn::live, Turn::bulk})
      ASSERT_EQ(store_->due(turn, now, count_max), plain.due(turn, now, count_max)) << step;
    ASSERT_EQ(store_->accounts_after(account, count_max), plain.accounts_after(account, count_max));
    ASSERT_EQ(words(store_->sums()), words(plain.sums())) << step;
  }
}

// For as long as it lives no file of this process grows beyond that.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(LaneStoreFile, that_cannot_grow_says_so) {
  auto store = std::move(*LaneStoreFile::make(std::size_t{1} << 20U));
  store->put_lane("a", {});
  EXPECT_EQ(store->take_failure(), "");
  {
    const FileSizeLimit limit(rlim_t{1} << 16U);
    auto large = letter("a", 1);
    large.event.value.assign(std::size_t{8} << 20U, 'x');
    store->put_letter(large);
  }
  EXPECT_THAT(store->take_failure(), testing::HasSubstr("temporary file of what waits"));
  EXPECT_EQ(store->take_failure(), "") << "it is said once";
}

}  // namespace
}  // namespace wakestream::deliver
