// What an answer says of each item of a batch, and what it cannot make us believe.
#include "emitters/http/item_results.h"

#include <gmock/gmock.h>

#include "tests/unit/emitters/batch_fixture.h"

namespace wakestream::emitters {
namespace {

using std::chrono::seconds;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using enum Verdict;

constexpr const char* rules =
    "answers: [{field: state, is: [ok, known], means: delivered},"
    " {field: error.code, is: slow_down, means: throttle}, {field: error.code, is: busy, means: "
    "retry}, {field: error.code, is: gone, means: disable}, {field: error, means: park}]";

Recipe by_id(const std::string& more = "") {
  return batch_recipe(fmt::format("{{results: {{list: results, id: id, {}{}}}}}", rules, more));
}
Recipe by_position() {
  return batch_recipe(fmt::format("{{results: {{list: results, {}}}}}", rules));
}

BatchJudgement judged(const Recipe& recipe, const Answer& answer, std::size_t count = 3) {
  const Events events(count);
  return judge_items(recipe, answer, items_of(recipe, events.attempts), some_time);
}
std::vector<Verdict> verdicts(const Recipe& recipe, const std::string& body,
                              std::size_t count = 3) {
  std::vector<Verdict> all;
  for (const auto& one : judged(recipe, {.status = 200, .body = body}, count).outcomes)
    all.push_back(one.verdict);
  return all;
}

// --- what a whole answer says

TEST(ItemResultsTest, what_befalls_the_whole_request_befalls_each_item) {
  for (const int status : {429, 500, 502, 503, 410, 401}) {
    const auto judgement = judged(by_id(), {.status = status, .retry_after = "7"});
    const auto one = judge({}, {.status = status, .retry_after = "7"}, some_time);
    ASSERT_EQ(judgement.outcomes.size(), 3U);
    for (std::size_t at = 0; at < 3; ++at) {
      EXPECT_EQ(judgement.outcomes[at].ticket, 100 + at);
      EXPECT_EQ(judgement.outcomes[at].verdict, one.verdict) << status;
      EXPECT_EQ(judgement.outcomes[at].retry_after, one.retry_after);
      EXPECT_EQ(judgement.outcomes[at].reason, one.reason);
    }
    EXPECT_FALSE(judgement.apart);
  }
}

TEST(ItemResultsTest, what_is_refused_together_is_tried_apart_and_only_alone_refused) {
  const auto together = judged(by_id(), {.status = 400});
  EXPECT_TRUE(together.apart);
  for (const auto& one : together.outcomes) {
    EXPECT_EQ(one.verdict, retry);
    EXPECT_EQ(one.reason, "it answered 400, to a batch: each of its events is tried alone");
  }
  const auto alone = judged(by_id(), {.status = 400}, 1);
  EXPECT_FALSE(alone.apart);
  EXPECT_EQ(alone.outcomes[0].verdict, park);
}

TEST(ItemResultsTest, the_rules_for_a_whole_answer_come_before_results) {
  const auto recipe = batch_recipe(
      fmt::format("{{results: {{list: results, id: id, {}}}}}", rules), "event",
      "answers: [{status: 200, field: halted, means: throttle}, {status: 422, means: delivered}]");
  EXPECT_THAT(verdicts(recipe, R"({"halted":true,"results":[{"id":"e0","state":"ok"}]})"),
              Each(throttle));
  const auto judgement = judged(recipe, {.status = 422,
                                         .body = R"({"results":[{"id":"e1","state":"ok"},)"
                                                 R"({"id":"e0","error":{"code":"bad"}}]})"});
  EXPECT_EQ(judgement.outcomes[0].verdict, park);
  EXPECT_EQ(judgement.outcomes[1].verdict, delivered);
}

TEST(ItemResultsTest, one_answer_counts_for_all_only_where_the_recipe_says_so) {
  const auto recipe = batch_recipe("{results: all}");
  EXPECT_THAT(verdicts(recipe, ""), Each(delivered));
  EXPECT_THAT(verdicts(recipe, "<html>"), Each(delivered));
  EXPECT_TRUE(judged(recipe, {.status = 400}).apart);
}

// --- what it says of each

TEST(ItemResultsTest, each_item_has_what_its_result_says_by_id_in_any_order) {
  EXPECT_THAT(verdicts(by_id(),
                       R"({"results":[{"id":"e4","error":{"code":"gone"}},)"
                       R"({"id":"e2","error":{"code":"bad_email"}},)"
                       R"({"id":"e0","state":"ok"},{"id":"e1","state":"known"},)"
                       R"({"error":{"code":"slow_down"},"id":"e3"},)"
                       R"({"id":"e5","error":{"code":"busy"}}]})",
                       6),
              ElementsAre(delivered, delivered, park, throttle, disable, retry));
}

TEST(ItemResultsTest, by_position_and_by_number_too) {
  EXPECT_THAT(verdicts(by_position(), R"({"results":[{"state":"ok"},{"error":{"code":"busy"}},)"
                                      R"({"error":"no"}]})"),
              ElementsAre(delivered, retry, park));
  const auto by_index = batch_recipe(
      "{results: {list: errors, index: input.0, answers: [{means: park}],"
      " unnamed: delivered}}");
  EXPECT_THAT(verdicts(by_index, R"({"errors":[{"input":[2]},{"input":["0"]}]})"),
              ElementsAre(park, delivered, park));
  EXPECT_THAT(verdicts(by_index, R"({"errors":[]})"), Each(delivered));
  EXPECT_THAT(verdicts(by_index, R"({"errors":null})"), Each(delivered));
  EXPECT_THAT(verdicts(by_index, R"({"ok":true})"), Each(delivered));
  EXPECT_THAT(verdicts(by_index, ""), Each(delivered));
}

TEST(ItemResultsTest, the_body_itself_may_be_the_list) {
  const auto recipe = batch_recipe("{results: {status: code}}");
  EXPECT_THAT(verdicts(recipe, R"( [ {"code":200} , {"code":"429"}, {"code":422} ] )"),
              ElementsAre(delivered, throttle, park));
}

TEST(ItemResultsTest, a_result_with_a_status_of_its_own_means_what_that_status_means) {
  const auto recipe = batch_recipe(
      "{results: {list: items, id: id, status: create.status, answers: [{status: 409, means: "
      "delivered}, {status: 4xx, field: create.busy, means: retry}]}}");
  const auto judgement =
      judged(recipe,
             {.status = 200,
              .retry_after = "7",
              .body = R"({"items":[{"id":"e0","create":{"status":409}},)"
                      R"({"id":"e1","create":{"status":400,"busy":1}},)"
                      R"({"id":"e2","create":{"status":503}},{"id":"e3","create":{"status":404}},)"
                      R"({"id":"e4","create":{"status":99}}]})"},
             5);
  std::vector<std::pair<Verdict, int>> all;
  for (const auto& one : judgement.outcomes) all.emplace_back(one.verdict, one.status);
  using Pair = std::pair<Verdict, int>;
  EXPECT_THAT(all, ElementsAre(Pair{delivered, 409}, Pair{retry, 400}, Pair{retry, 503},
                               Pair{park, 404}, Pair{unknown, 200}));
  EXPECT_EQ(judgement.outcomes[1].retry_after, seconds{7});
  EXPECT_EQ(judgement.outcomes[3].retry_after, std::nullopt);
}

TEST(ItemResultsTest, what_is_refused_inside_of_a_success_is_a_partial_success) {
  const auto outcomes = judged(by_id(), {.status = 200,
                                         .body = R"({"results":[{"id":"e0","state":"ok"},)"
                                                 R"({"id":"e1","error":{"code":"canary"}}]})"})
                            .outcomes;
  EXPECT_EQ(outcomes[0].reason, "it answered 200, batch.results.answers[0] by state");
  EXPECT_EQ(outcomes[1].reason,
            "partial success: it answered 200, batch.results.answers[4] by error");
  EXPECT_EQ(outcomes[2].reason,
            "partial success: it answered 200, and has no result of this event");
}

// --- what it does not say

TEST(ItemResultsTest, what_is_not_named_was_not_delivered_unless_the_recipe_says_so) {
  const auto* body = R"({"results":[{"id":"e1","state":"ok"}]})";
  EXPECT_THAT(verdicts(by_id(), body), ElementsAre(unknown, delivered, unknown));
  EXPECT_THAT(verdicts(by_id(", unnamed: retry"), body), ElementsAre(retry, delivered, retry));
  EXPECT_THAT(verdicts(by_id(", unnamed: delivered"), body), Each(delivered));
  EXPECT_THAT(verdicts(by_id(), R"({"results":[]})"), Each(unknown));
  EXPECT_THAT(verdicts(by_id(), R"({"ok":true})"), Each(unknown));
  EXPECT_THAT(verdicts(by_id(), ""), Each(unknown));
}

TEST(ItemResultsTest, a_result_that_no_rule_fits_says_nothing) {
  EXPECT_THAT(verdicts(by_id(", unnamed: delivered"),
                       R"({"results":[{"id":"e0"},{"id":"e1","state":"new"},)"
                       R"({"id":"e2","error":null}]})"),
              Each(unknown));
}

// --- what it cannot make us believe

TEST(ItemResultsTest,
     what_cannot_be_read_is_unknown_whatever_the_recipe_says_of_what_is_not_named) {
  const auto recipe = by_id(", unnamed: delivered");
  for (const auto* body :
       {"<html>", "{", R"({"results":[{"id":"e0","state":"ok"})", R"({"results":{"id":"e0"}})",
        R"({"results":"ok"})", R"({"results":true})", R"({"results":[]} x)", " ", "nul"})
    EXPECT_THAT(verdicts(recipe, body), Each(unknown)) << body;
  const auto large =
      judged(recipe, {.status = 200, .body = R"({"results":[{"id":"e0","st)", .too_large = true});
  for (const auto& one : large.outcomes) {
    EXPECT_EQ(one.verdict, unknown);
    EXPECT_EQ(one.reason, "it answered 200 with a body larger than answer_bytes_max");
  }
  const auto list =
      batch_recipe("{results: {id: id, answers: [{means: park}], unnamed: delivered}}");
  EXPECT_THAT(verdicts(list, R"({"results":[]})"), Each(unknown));
  EXPECT_THAT(verdicts(list, "[]"), Each(delivered));
}

TEST(ItemResultsTest, by_position_a_list_that_is_too_short_or_too_long_says_nothing_of_anybody) {
  const std::string ok = R"({"state":"ok"})";
  EXPECT_THAT(verdicts(by_position(), R"({"results":[)" + ok + "," + ok + "]}"), Each(unknown));
  EXPECT_THAT(
      verdicts(by_position(), R"({"results":[)" + ok + "," + ok + "," + ok + "," + ok + "]}"),
      Each(unknown));
  EXPECT_THAT(verdicts(by_position(), R"({"results":[]})"), Each(unknown));
  EXPECT_THAT(verdicts(by_position(), R"({"results":[)" + ok + "," + ok + "," + ok + "]}"),
              Each(delivered));
}

TEST(ItemResultsTest, results_that_disagree_about_an_event_leave_it_unknown) {
  EXPECT_THAT(verdicts(by_id(), R"({"results":[{"id":"e0","state":"ok"},{"id":"e1","state":"ok"},)"
                                R"({"id":"e0","error":{"code":"busy"}},{"id":"e0","state":"ok"},)"
                                R"({"id":"e1","state":"known"},)"
                                R"({"id":"e2","error":1},{"id":"e2","error":2}]})"),
              ElementsAre(unknown, delivered, park));
}

TEST(ItemResultsTest, a_result_of_nobody_in_the_request_makes_silence_no_success) {
  const auto recipe = by_id(", unnamed: delivered");
  for (const auto* stranger :
       {R"({"id":"e7","error":1})", R"({"error":1})", R"({"id":null})", R"({"id":["e0"]})", "7",
        "null", R"([])", R"({"id":"E0","state":"ok"})", R"({"id":{"id":"e0"}})"})
    EXPECT_THAT(
        verdicts(recipe, fmt::format(R"({{"results":[{{"id":"e1","state":"ok"}},{}]}})", stranger)),
        ElementsAre(unknown, delivered, unknown))
        << stranger;
  // Of the others each is who it says it is.
  EXPECT_THAT(verdicts(by_id(), R"({"results":[{"id":"x"},{"id":"e1","state":"ok"}]})"),
              ElementsAre(unknown, delivered, unknown));
}

TEST(ItemResultsTest, a_number_is_a_place_only_where_it_is_one) {
  const auto recipe =
      batch_recipe("{results: {list: r, index: i, answers: [{field: ok, means: delivered}]}}");
  EXPECT_THAT(verdicts(recipe, R"({"r":[{"i":-1,"ok":1},{"i":3,"ok":1},{"i":1.0,"ok":1},)"
                               R"({"i":"1x","ok":1},{"i":99999999999999999999,"ok":1},)"
                               R"({"i":" 2","ok":1},{"i":"","ok":1},{"i":true,"ok":1}]})"),
              Each(unknown));
}

TEST(ItemResultsTest, an_id_is_read_as_json_writes_it) {
  EXPECT_THAT(verdicts(by_id(), R"({"results":[{"id":"\u0065\u0030","state":"ok"}]})", 1),
              ElementsAre(delivered));
}

TEST(ItemResultsTest, many_results_take_one_walk) {
  std::string body = R"({"results":[{"id":"e0","state":"ok"})";
  for (int at = 0; at < 300'000; ++at) body += R"(,{"id":"x"})";
  body += R"(,{"id":"e2","state":"ok"}]})";
  EXPECT_THAT(verdicts(by_id(), body), ElementsAre(delivered, unknown, delivered));
  EXPECT_THAT(verdicts(by_id(), std::string(1'000'000, '[')), Each(unknown));
  EXPECT_THAT(verdicts(by_position(), body), Each(unknown));
}

TEST(ItemResultsTest, nothing_that_the_receiver_wrote_is_in_a_reason) {
  const auto judgement = judged(
      by_id(), {.status = 200,
                .retry_after = "canary",
                .body = R"({"results":[{"id":"e0","state":"canary"},{"id":"e1","error":"canary"},)"
                        R"({"id":"canary"}]})"});
  for (const auto& one : judgement.outcomes) EXPECT_THAT(one.reason, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace wakestream::emitters
