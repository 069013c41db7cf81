// Replays by a cron line: when, of what, how often, and what a crash leaves of them.
#include "roles/deliver/replay_schedule.h"

#include <fmt/format.h>

#include "tests/unit/roles/deliver/lanes_fixture.h"

namespace wakestream::deliver {
namespace {

using emitters::Verdict;

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t hour_ms = 60 * minute_ms;

class ReplayScheduleTest : public LanesFixture {
 protected:
  ReplayScheduleTest() {
    now_ms_ = 1'000 * hour_ms + 5 * minute_ms;
    live();
  }

  // Another life: all that it knows is what was put on record.
  void live(const std::string& line = "0 * * * *") {
    replay_.when = *CronLine::parse(line);
    schedule_.emplace(replay_, recorded_, now_ms_);
    watch_ = FailureWatch();
    put_on_record();
  }

  // Until nothing is to be done at this moment. What was said and decided, as "replayed 3".
  std::string steps(int count = 12) {
    std::string text;
    const auto add = [&text](const std::string& word) {
      text += (text.empty() ? "" : "; ") + word;
    };
    for (int step = 0; step < count; ++step) {
      now_ms_ += 1;
      watch_.step(store_, steady_ms_ += 1);
      schedule_->step(*lanes_, store_, watch_, now_ms_);
      for (const auto& word : put_on_record()) add(word);
    }
    return text;
  }
  std::vector<std::string> put_on_record() {
    std::vector<std::string> words;
    auto news = schedule_->take_news();
    if (news.moved_on) recorded_ = schedule_->state();
    if (news.ended)
      words.push_back(fmt::format("{} by {} of {}: {}", news.ended->command, news.ended->who,
                                  news.ended->why, news.ended->moved));
    for (const auto& said : news.said)
      if (said.event != "replayed_by_schedule")
        words.push_back(said.event + " " + said.fields.at(0).second);
    return words;
  }
  std::string at_minute(std::int64_t minute) {
    now_ms_ = 1'000 * hour_ms + minute * minute_ms;
    return steps();
  }

  // Each of these accounts has an event that is refused.
  void refused(const std::vector<std::string>& accounts, const std::string& error = "answer 500",
               std::string_view type = email, Verdict verdict = Verdict::park) {
    for (const auto& account : accounts) read(account, type);
    all_end(verdict, error);
  }
  // All that may be tried now. How many that was.
  std::size_t all_end(Verdict verdict, const std::string& error = "answer 500") {
    const auto tries = lanes_->start(1'000, now_ms_);
    for (const auto& one : tries)
      lanes_->ended({.ticket = one.ticket, .verdict = verdict, .status = 500, .reason = error},
                    now_ms_);
    lanes_->take_changes();
    return tries.size();
  }
  static std::vector<std::string> accounts(int count) {
    std::vector<std::string> names;
    for (int number = 0; number < count; ++number) names.push_back(fmt::format("a{:02}", number));
    return names;
  }

  ReplaySettings replay_{.when = *CronLine::parse("0 * * * *")};
  ConsumerState::Schedule recorded_;
  std::optional<ReplaySchedule> schedule_;
  FailureWatch watch_;
  std::int64_t steady_ms_ = 0;
};

TEST_F(ReplayScheduleTest, what_is_parked_or_dead_is_tried_again_when_its_time_comes) {
  refused({"a", "b"});
  refused({"c"}, "answer 422", phone);  // skipped: a dead letter
  EXPECT_EQ(at_minute(59), "");
  EXPECT_EQ(all_end(Verdict::delivered), 0U);
  EXPECT_EQ(at_minute(60), "replay by schedule of 0 * * * *: 3");
  EXPECT_EQ(at_minute(61), "") << "once";
  EXPECT_EQ(all_end(Verdict::delivered), 3U);
  EXPECT_EQ(store_.sums().letters_waiting + store_.sums().letters_dead, 0U);
  EXPECT_EQ(at_minute(120), "") << "nothing was to be done, and nobody needs to know";
}

TEST_F(ReplayScheduleTest, only_the_types_and_errors_that_it_names) {
  replay_.types = {email, phone};
  replay_.errors = {"answer 500"};
  live();
  refused({"a"});
  refused({"b"}, "answer 422");
  refused({"c"}, "answer 500", deletion);
  refused({"d"}, "answer 500", phone);
  EXPECT_EQ(at_minute(60), "replay by schedule of 0 * * * *: 2");
  EXPECT_FALSE(state("a").parked);
  EXPECT_FALSE(state("d").parked);
  EXPECT_TRUE(state("b").parked);
  EXPECT_TRUE(state("c").parked);
}

TEST_F(ReplayScheduleTest,
       what_fails_again_so_often_is_left_for_a_person_whose_replay_begins_anew) {
  replay_.times_max = 2;
  live();
  refused({"a"});
  refused({"b"}, "answer 422", phone);
  EXPECT_EQ(at_minute(60), "replay by schedule of 0 * * * *: 2");
  EXPECT_EQ(all_end(Verdict::park), 2U);
  live();  // the counts are on record
  EXPECT_EQ(at_minute(120), "replay by schedule of 0 * * * *: 2");
  EXPECT_EQ(all_end(Verdict::park), 2U);
  EXPECT_EQ(at_minute(180), "left_for_a_person 2");
  EXPECT_EQ(at_minute(240), "") << "told once";
  const auto all = [](const Letter&) { return true; };
  EXPECT_EQ(
      lanes_->replay("a", all, "replay 1", now_ms_) + lanes_->replay("b", all, "replay 1", now_ms_),
      2U);
  EXPECT_EQ(all_end(Verdict::park), 2U);
  EXPECT_EQ(at_minute(300), "replay by schedule of 0 * * * *: 2");
}

TEST_F(ReplayScheduleTest, the_count_is_each_letters_own) {
  replay_.times_max = 1;
  live();
  refused({"a"});
  read("a");  // waits behind it
  EXPECT_EQ(at_minute(60), "replay by schedule of 0 * * * *: 1");
  EXPECT_EQ(all_end(Verdict::delivered), 1U);
  EXPECT_EQ(all_end(Verdict::park), 1U);
  EXPECT_EQ(at_minute(120), "replay by schedule of 0 * * * *: 1");
}

TEST_F(ReplayScheduleTest, times_that_were_missed_are_made_up_for_by_one_replay) {
  refused({"a"});
  now_ms_ += 7 * hour_ms;
  live();
  EXPECT_EQ(steps(), "replay by schedule of 0 * * * *: 1");
  all_end(Verdict::park);
  EXPECT_EQ(steps(), "");
}

TEST_F(ReplayScheduleTest, a_paused_consumer_is_made_up_for_when_it_is_resumed) {
  refused({"a"});
  lanes_->set_paused(true);
  for (const auto minute : {60, 120, 180}) EXPECT_EQ(at_minute(minute), "");
  lanes_->set_paused(false);
  EXPECT_EQ(steps(), "replay by schedule of 0 * * * *: 1");
  EXPECT_EQ(steps(), "");
}

TEST_F(ReplayScheduleTest, a_line_that_is_new_counts_from_its_first_start) {
  refused({"a"});
  now_ms_ += hour_ms;
  live("30 * * * *");
  EXPECT_EQ(steps(), "") << "the full hour was another line's";
  EXPECT_EQ(at_minute(90), "replay by schedule of 30 * * * *: 1");
}

TEST_F(ReplayScheduleTest, what_is_still_under_way_is_not_doubled) {
  refused({"a", "b"});
  at_minute(60);
  all_end(Verdict::retry);  // it waits, to be tried again by itself
  refused({"c"});
  EXPECT_EQ(at_minute(120), "replay_passed_over 2");
  EXPECT_TRUE(state("c").parked);
  wait();
  all_end(Verdict::delivered);
  EXPECT_EQ(at_minute(150), "");
  EXPECT_EQ(at_minute(180), "replay by schedule of 0 * * * *: 1");
}

TEST_F(ReplayScheduleTest, where_the_consumer_is_broken_a_few_go_first_and_the_others_wait) {
  refused(accounts(10));
  refused({"z"}, "answer 422");
  EXPECT_EQ(at_minute(60), "replay by schedule of 0 * * * * (probe): 3");
  EXPECT_EQ(all_end(Verdict::park), 3U);
  now_ms_ += 2'000;
  EXPECT_EQ(steps(), "replay_held_back 3");
  EXPECT_EQ(at_minute(61), "");
  EXPECT_EQ(at_minute(120), "replay by schedule of 0 * * * * (probe): 3");
}

TEST_F(ReplayScheduleTest, when_one_of_them_gets_through_the_others_follow_at_once) {
  refused(accounts(10));
  EXPECT_EQ(at_minute(60), "replay by schedule of 0 * * * * (probe): 3");
  now_ms_ += 2'000;
  EXPECT_EQ(steps(), "") << "nobody knows yet";
  live();  // the probes are on record
  const auto tries = lanes_->start(1, now_ms_);
  lanes_->ended({.ticket = tries.at(0).ticket, .verdict = Verdict::delivered}, now_ms_);
  now_ms_ += 2'000;
  EXPECT_EQ(steps(), "replay by schedule of 0 * * * *: 7");
  EXPECT_EQ(all_end(Verdict::delivered), 9U);
  now_ms_ += 2'000;
  EXPECT_EQ(steps(), "");
}

TEST_F(ReplayScheduleTest, probes_take_turns_and_what_is_used_up_holds_nobody_back) {
  replay_.times_max = 1;
  live();
  refused(accounts(6));
  refused({"z"}, "answer 422");
  for (const auto minute : {60, 120}) {
    EXPECT_EQ(at_minute(minute), "replay by schedule of 0 * * * * (probe): 3");
    EXPECT_EQ(all_end(Verdict::park), 3U);
    now_ms_ += 2'000;
    EXPECT_EQ(steps(), "replay_held_back 3");
  }
  EXPECT_EQ(at_minute(180), "replay by schedule of 0 * * * *: 1; left_for_a_person 6")
      << "the one with another error";
}

TEST_F(ReplayScheduleTest, many_accounts_are_moved_in_parts_and_a_crash_begins_again) {
  for (int number = 0; number < 500; ++number)
    refused({fmt::format("a{:03}", number)}, fmt::format("error {}", number % 10));
  now_ms_ = 1'001 * hour_ms;
  steps(5);  // a pass of three parts, and the first of the move
  const auto first = 500 - store_.sums().lanes_parked;
  EXPECT_GT(first, 0U);
  EXPECT_LT(first, 500U);
  live();
  EXPECT_EQ(steps(), fmt::format("replay by schedule of 0 * * * *: {}", 500 - first));
}

}  // namespace
}  // namespace wakestream::deliver
