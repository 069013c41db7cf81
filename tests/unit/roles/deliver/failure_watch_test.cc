// Patterns among failures: when one is told of, and when it is over.
#include "roles/deliver/failure_watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/memory_lane_store.h"

namespace wakestream::deliver {
namespace {

class FailureWatchTest : public testing::Test {
 protected:
  static constexpr auto email = "customer.email_changed";
  static constexpr auto tier = "customer.tier_changed";

  Letter letter_of(const std::string& account, const std::string& type) {
    Letter letter;
    letter.event.key = account;
    letter.event.offset = ++last_offset_;
    letter.event.headers = {{"ce_id", fmt::format("e{}", last_offset_)}, {"ce_type", type}};
    letter.since_ms = wall_ms_;
    return letter;
  }
  void fails(const std::string& account, const std::string& error, const std::string& type = email,
             bool parked = true, int status = 500, std::uint32_t replays = 0) {
    mend(account);
    auto letter = letter_of(account, type);
    letter.replays = replays;
    store_.put_lane(account, {.parked = parked,
                              .attempts = 3,
                              .since_ms = wall_ms_,
                              .front = std::string(letter.id()),
                              .error = error,
                              .status = status});
    store_.put_letter(letter);
  }
  void many_fail(int count, const std::string& error, const std::string& type = email,
                 bool parked = true, int status = 500) {
    for (int number = 0; number < count; ++number)
      fails(fmt::format("{} {} {}", error, type, number), error, type, parked, status);
  }
  void dies(const std::string& account, const std::string& error, int status) {
    auto letter = letter_of(account, tier);
    letter.state = LetterState::dead;
    letter.error = error;
    letter.status = status;
    store_.put_letter(letter);
  }
  void mend(const std::string& account) {
    store_.remove_lane(account);
    for (const auto& letter : store_.letters_before(account, 1'000'000, 1'000))
      store_.remove_letter(account, letter.event.offset);
  }

  // "begun consumer-side customer.email_changed 5: answer 500": all that is new.
  std::string pass() {
    const auto passes = watch_.passes();
    while (watch_.passes() == passes) watch_.step(store_, now_ms_ += 1'000);
    std::string text;
    const auto news = watch_.take_news();
    for (const auto& [word, patterns] :
         {std::pair("begun", &news.begun), std::pair("over", &news.over)})
      for (const auto& pattern : *patterns)
        text += fmt::format("{}{} {} {} {}: {}", text.empty() ? "" : "; ", word,
                            to_string(pattern.cause), pattern.type, pattern.lanes, pattern.error);
    return text;
  }

  MemoryLaneStore store_;
  FailureWatch watch_;
  std::int64_t now_ms_ = 0;
  std::int64_t wall_ms_ = 1'000'000'000;
  std::int64_t last_offset_ = 0;
};

TEST_F(FailureWatchTest, one_error_for_most_is_told_of_once_and_when_it_is_over) {
  many_fail(4, "answer 500");
  EXPECT_EQ(pass(), "") << "too few to tell";
  fails("another", "answer 500", tier);
  EXPECT_EQ(pass(),
            "begun consumer-side customer.email_changed,customer.tier_changed 5: answer 500");
  fails("one more", "answer 500");
  EXPECT_EQ(pass(), "") << "told once";
  EXPECT_EQ(watch_.count(LikelyCause::consumer_side), 1U);
  EXPECT_EQ(watch_.count(LikelyCause::data), 0U);
  EXPECT_EQ(watch_.consumer_side_errors(), std::set<std::string>{"answer 500"});
  for (int number = 0; number < 4; ++number) mend(fmt::format("answer 500 {} {}", email, number));
  EXPECT_EQ(pass(), "") << "it still fails";
  EXPECT_TRUE(watch_.consumer_side_errors().empty()) << "and is no pattern any more";
  mend("another");
  mend("one more");
  EXPECT_EQ(pass(),
            "over consumer-side customer.email_changed,customer.tier_changed 6: answer 500");
  EXPECT_EQ(watch_.count(LikelyCause::consumer_side), 0U);
  many_fail(5, "answer 500");
  EXPECT_EQ(pass(), "begun consumer-side customer.email_changed 5: answer 500") << "another one";
}

TEST_F(FailureWatchTest, what_is_tried_again_by_itself_is_no_pattern) {
  many_fail(20, "answer 503", email, false);
  EXPECT_EQ(pass(), "");
  for (int number = 0; number < 5; ++number) fails(fmt::format("p{}", number), "answer 503");
  EXPECT_EQ(pass(), "begun consumer-side customer.email_changed 25: answer 503");
}

TEST_F(FailureWatchTest, events_of_a_type_that_are_refused_for_what_they_say) {
  many_fail(40, "answer 500", tier, false);
  for (int number = 0; number < 5; ++number) dies(fmt::format("a{}", number), "answer 422", 422);
  EXPECT_EQ(pass(), "begun data customer.tier_changed 5: answer 422");
  EXPECT_EQ(watch_.count(LikelyCause::data), 1U);
  EXPECT_TRUE(watch_.consumer_side_errors().empty());
}

// Its lanes lose their error when they are replayed, and get it back when they fail again.
TEST_F(FailureWatchTest, an_episode_outlasts_a_replay_by_schedule) {
  many_fail(5, "answer 500");
  pass();
  for (int number = 0; number < 5; ++number)
    fails(fmt::format("answer 500 {} {}", email, number), "", email, false, 0, 1);
  EXPECT_EQ(pass(), "");
  EXPECT_EQ(watch_.replaying(), 5U);
  many_fail(5, "answer 500");
  EXPECT_EQ(pass(), "") << "the same episode";
}

TEST_F(FailureWatchTest, a_pass_is_made_in_parts_and_the_next_one_waits) {
  many_fail(450, "answer 500");
  watch_.step(store_, now_ms_ = 1'000);
  watch_.step(store_, now_ms_ = 3'000);
  EXPECT_EQ(watch_.passes(), 0U);
  watch_.step(store_, now_ms_ = 5'000);
  EXPECT_EQ(watch_.passes(), 1U);
  EXPECT_EQ(watch_.count(LikelyCause::consumer_side), 1U) << "of all 450";
  for (now_ms_ = 6'000; watch_.passes() == 1; now_ms_ += 1'000) watch_.step(store_, now_ms_);
  EXPECT_EQ(now_ms_, 48'000) << "it took 4 s, so it waited 40";
  watch_.look_again();
  for (int part = 0; part < 3; ++part) watch_.step(store_, now_ms_);
  EXPECT_EQ(watch_.passes(), 3U) << "somebody wants to know now";
}

}  // namespace
}  // namespace wakestream::deliver
