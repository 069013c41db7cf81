// What `dlq list`, `dlq show` and the dry run of a replay print of real records.
#include "app/dead_letters/dlq_command.h"
#include "app/dead_letters/replay_letters.h"
#include "tests/unit/app/dead_letters_fixture.h"

namespace wakestream::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST_F(DeadLettersTest, before_the_first_delivery_nothing_waits) {
  EXPECT_EQ(printed(dlq_list_command, DlqListOptions{}), "nothing has failed\n");
  EXPECT_EQ(printed(dlq_show_command, DlqShowOptions{.consumer = "esp"}), "");
  EXPECT_EQ(
      printed(replay_letters_command, ReplayLettersOptions{.consumer = "esp", .dry_run = true}),
      "{\"outcome\":\"dry run\",\"lanes\":0,\"letters\":0,\"behind\":0}\n");
}

TEST_F(DeadLettersTest, a_consumer_that_the_configuration_does_not_have_is_a_problem) {
  printed(dlq_list_command, DlqListOptions{.consumer = "epd"}, 1);
  printed(dlq_show_command, DlqShowOptions{.consumer = "epd"}, 1);
}

TEST_F(DeadLettersTest, one_error_for_most_of_what_failed_in_that_time_is_consumer_side) {
  begin_deliveries();
  for (int number = 0; number < 9; ++number)
    park(fmt::format("account-{}", number), number * 10, "answer 503", 503,
         noon_ms + number * minute_ms, 2);
  park("other", 1'000, "answer 422", 422, noon_ms + 4 * minute_ms);
  park("long-ago", 1'010, "answer 422", 422, noon_ms - 600 * minute_ms);
  commit();
  const auto lines = lines_of(printed(dlq_list_command, DlqListOptions{.json = true}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0],
            R"({"consumer":"esp","type":"customer.email_changed","error":"answer 503",)"
            R"("lanes_parked":9,"lanes_waiting":0,"letters_behind":18,"letters_dead":0,)"
            R"("first":"2026-07-01T12:00:00.000000Z","last":"2026-07-01T12:08:00.000000Z",)"
            R"("likely_cause":"consumer-side","share_percent":90,)"
            R"("replay":"wakestream replay --from deadletter --consumer esp )"
            R"(--type customer.email_changed --error 'answer 503' --why '...'"})");
  EXPECT_THAT(lines[1], AllOf(HasSubstr(R"("error":"answer 422","lanes_parked":2)"),
                              HasSubstr(R"("likely_cause":"data","share_percent":28)")));
}

TEST_F(DeadLettersTest, what_waits_for_the_room_of_bulk_changes_has_not_failed) {
  begin_deliveries();
  deliver::LaneState lane;
  lane.bulk = true;
  lane.since_ms = noon_ms;
  put("bulk", lane);
  auto bulk = letter("bulk", 10);
  bulk.event.headers.emplace_back("ce_bulk", "backfill");
  put(bulk);
  put(letter("bulk", 11));
  commit();
  EXPECT_EQ(printed(dlq_list_command, DlqListOptions{}), "nothing has failed\n");
  put("bulk", [&lane] {
    lane.error = "answer 503";
    lane.front = id(10);
    return lane;
  }());
  commit();
  EXPECT_THAT(printed(dlq_list_command, DlqListOptions{}), HasSubstr("answer 503"));
}

TEST_F(DeadLettersTest, what_is_refused_inside_of_a_success_is_refused_for_what_it_says) {
  begin_deliveries();
  for (int number = 0; number < 9; ++number)
    park(fmt::format("account-{}", number), number * 10, "answer 503", 503);
  park("other", 1'000, "partial success: it answered 200", 200);
  commit();
  const auto lines = lines_of(printed(dlq_list_command, DlqListOptions{.json = true}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[1], HasSubstr(R"("likely_cause":"data")"));
}

TEST_F(DeadLettersTest, what_stands_for_half_of_the_failures_is_unclear) {
  begin_deliveries();
  for (int number = 0; number < 10; ++number)
    park(fmt::format("account-{}", number), number * 10,
         number % 2 == 0 ? "answer 503" : "answer 422", number % 2 == 0 ? 503 : 422);
  commit();
  for (const auto& line : lines_of(printed(dlq_list_command, DlqListOptions{.json = true})))
    EXPECT_THAT(line, HasSubstr(R"("likely_cause":"unclear","share_percent":50)"));
}

TEST_F(DeadLettersTest, the_text_says_what_to_do_only_where_somebody_must) {
  begin_deliveries();
  park("a", 10, "it's refused", 422);
  put("b", failing(20, "answer 500", 500));
  put(letter("b", 20, "customer.moved"));
  auto dead = letter("c", 30, "customer.tier_changed");
  dead.state = deliver::LetterState::dead;
  dead.error = "answer 400";
  dead.status = 400;
  put(dead);
  put("d", deliver::LaneState{});
  put(letter("d", 40, "customer.created"));
  commit();
  const auto text = printed(dlq_list_command, DlqListOptions{.consumer = "esp"});
  EXPECT_THAT(text, HasSubstr("--type customer.email_changed --error 'it'\\''s refused' --why"));
  EXPECT_THAT(text, HasSubstr("--type customer.tier_changed --error 'answer 400' --why"));
  EXPECT_THAT(text, HasSubstr("likely data: few fail"));
  EXPECT_THAT(text,
              HasSubstr("esp  customer.moved  answer 500\n    0 lane(s) parked, 1 tried again"));
  EXPECT_THAT(text, HasSubstr("esp  customer.created  (waits for its turn)"));
  EXPECT_THAT(text,
              Not(AllOf(HasSubstr("--type customer.moved"), HasSubstr("--type customer.created"))));
}

TEST_F(DeadLettersTest, letters_that_are_settled_and_lanes_that_are_ordinary_do_not_count) {
  begin_deliveries();
  park("a", 10, "answer 422", 422, noon_ms, 1);
  commit();
  settle("a", 10);
  settle("a", 11);
  batch_.add_tombstone(topics_.lanes, partition_of("a"), noon_ms, "a");
  commit();
  EXPECT_EQ(printed(dlq_list_command, DlqListOptions{}), "nothing has failed\n");
}

// Longer than what is read at a time.
TEST_F(DeadLettersTest, letters_are_shown_lane_by_lane_each_in_its_order) {
  begin_deliveries();
  park("aa", 500, "answer 422", 422, noon_ms, 99);
  park("b", 10, "answer 422", 422, noon_ms, 31);
  commit();
  const auto lines =
      lines_of(printed(dlq_show_command, DlqShowOptions{.consumer = "esp", .limit = 1'000}));
  ASSERT_EQ(lines.size(), 132U);
  for (int at = 0; at < 100; ++at)
    EXPECT_THAT(lines[static_cast<std::size_t>(at)],
                HasSubstr(fmt::format(R"({{"lane":1,"id":"{}",)", id(500 + at))));
  for (int at = 0; at < 32; ++at)
    EXPECT_THAT(lines[static_cast<std::size_t>(100 + at)],
                HasSubstr(fmt::format(R"({{"lane":2,"id":"{}",)", id(10 + at))));
}

TEST_F(DeadLettersTest, a_letter_is_shown_without_a_value_and_without_whose_it_is) {
  begin_deliveries();
  park("canary-account", 10, "answer 422", 422, noon_ms, 1);
  commit();
  const auto lines = lines_of(printed(dlq_show_command, DlqShowOptions{.consumer = "esp"}));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(
      lines[0],
      R"({"lane":1,"id":"event-10","type":"customer.email_changed","state":"parked",)"
      R"("since":"2026-07-01T12:00:00.000000Z","attempts":1,"error":"answer 422","status":422,)"
      R"("headers":{"ce_source":"wakestream/demo"},"fields":["account_id","email","note"]})");
  EXPECT_THAT(lines[1], HasSubstr(R"("state":"waiting")"));
  for (const auto& line : lines) EXPECT_THAT(line, Not(HasSubstr("canary")));
}

TEST_F(DeadLettersTest, show_takes_an_account_a_type_an_error_and_a_limit) {
  begin_deliveries();
  park("a", 10, "answer 422", 422, noon_ms, 2);
  park("b", 20, "answer 404", 404);
  put(letter("b", 21, "customer.moved"));
  commit();
  const auto ids = [this](const deliver::LetterChoice& choice, std::uint64_t limit = 100) {
    std::string found;
    for (const auto& line :
         lines_of(printed(dlq_show_command, DlqShowOptions{"esp", choice, limit})))
      found += line.substr(line.find("event-") + 6, 2) + " ";
    return found;
  };
  EXPECT_EQ(ids({}), "10 11 12 20 21 ");
  EXPECT_EQ(ids({.account = "b"}), "20 21 ");
  EXPECT_EQ(ids({.type = "customer.moved"}), "21 ");
  EXPECT_EQ(ids({.error = "answer 404"}), "20 21 ");
  EXPECT_EQ(ids({}, 2), "10 11 ");
}

TEST_F(DeadLettersTest, a_dry_run_names_what_would_be_tried_again_and_counts_what_waits_behind) {
  begin_deliveries();
  park("a", 10, "answer 422", 422, noon_ms, 2);
  park("b", 20, "answer 404", 404);
  put("c", failing(30, "answer 422", 422));
  put(letter("c", 30));
  auto dead = letter("d", 40);
  dead.state = deliver::LetterState::dead;
  dead.error = "answer 422";
  put(dead);
  commit();
  const auto dry_run = [this](const deliver::LetterChoice& choice) {
    std::string found;
    for (const auto& line : lines_of(
             printed(replay_letters_command,
                     ReplayLettersOptions{.consumer = "esp", .choice = choice, .dry_run = true})))
      found += line.find("event-") != std::string::npos
                   ? line.substr(line.find("event-") + 6, 2) + " "
                   : line;
    return found;
  };
  EXPECT_EQ(dry_run({}), R"(10 20 40 {"outcome":"dry run","lanes":3,"letters":3,"behind":2})");
  EXPECT_EQ(dry_run({.error = "answer 422"}),
            R"(10 40 {"outcome":"dry run","lanes":2,"letters":2,"behind":2})");
  EXPECT_EQ(dry_run({.account = "b"}),
            R"(20 {"outcome":"dry run","lanes":1,"letters":1,"behind":0})");
  EXPECT_EQ(dry_run({.account = "c"}), R"({"outcome":"dry run","lanes":0,"letters":0,"behind":0})")
      << "it is tried again by itself";
}

}  // namespace
}  // namespace wakestream::app
