// What an answer means.
#include "emitters/http/answer.h"

#include <gmock/gmock.h>

#include "tests/unit/emitters/recipe_fixture.h"

namespace wakestream::emitters {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

Outcome judged(const Answer& answer, const std::string& answers = "[]") {
  const auto recipe = recipe_of("request: {url: https://a.b/}\nanswers: " + answers);
  return judge(recipe.answers, answer, some_time);
}

Verdict verdict(int status, const std::string& retry_after = "") {
  return judged({.status = status, .retry_after = retry_after}).verdict;
}

TEST(AnswerTest, without_a_rule_http_says_what_a_status_means) {
  EXPECT_EQ(verdict(200), Verdict::delivered);
  EXPECT_EQ(verdict(204), Verdict::delivered);
  EXPECT_EQ(verdict(410), Verdict::disable);
  EXPECT_EQ(verdict(429), Verdict::throttle);
  EXPECT_EQ(verdict(503), Verdict::retry);
  EXPECT_EQ(verdict(503, "5"), Verdict::throttle);
  for (const int status : {401, 403, 408, 425, 500, 501, 599})
    EXPECT_EQ(verdict(status), Verdict::retry) << status;
  for (const int status : {502, 504}) EXPECT_EQ(verdict(status), Verdict::unknown) << status;
  for (const int status : {400, 404, 409, 413, 422, 301, 302, 307, 304})
    EXPECT_EQ(verdict(status), Verdict::park) << status;
}

TEST(AnswerTest, retry_after_is_for_what_comes_again) {
  EXPECT_EQ(judged({.status = 429, .retry_after = "7"}).retry_after, seconds{7});
  EXPECT_EQ(judged({.status = 500, .retry_after = "7"}).retry_after, seconds{7});
  EXPECT_EQ(judged({.status = 429}).retry_after, std::nullopt);
  EXPECT_EQ(judged({.status = 400, .retry_after = "7"}).retry_after, std::nullopt);
}

TEST(AnswerTest, a_redirect_is_named) {
  EXPECT_THAT(judged({.status = 302}).reason, HasSubstr("leads elsewhere and is not followed"));
}

TEST(AnswerTest, the_first_rule_that_fits_decides) {
  const std::string rules =
      "[{status: 409, means: delivered}, {status: [4xx, 500-502], means: retry},"
      " {status: 400, means: park}]";
  EXPECT_EQ(judged({.status = 409}, rules).verdict, Verdict::delivered);
  EXPECT_EQ(judged({.status = 400}, rules).verdict, Verdict::retry);
  EXPECT_EQ(judged({.status = 502}, rules).verdict, Verdict::retry);
  EXPECT_EQ(judged({.status = 504}, rules).verdict, Verdict::unknown);
  EXPECT_EQ(judged({.status = 409}, rules).reason, "it answered 409: answers[0]");
}

TEST(AnswerTest, an_error_inside_of_a_200_is_found) {
  const std::string rules =
      "[{status: 200, field: error.code, is: [rate_limited, 17], means: throttle},"
      " {status: 2xx, field: errors, means: park}]";
  const auto of = [&](const std::string& body) {
    return judged({.status = 200, .body = body}, rules).verdict;
  };
  EXPECT_EQ(of(R"({"error":{"code":"rate_limited"}})"), Verdict::throttle);
  EXPECT_EQ(of(R"({"error":{"code":17}})"), Verdict::throttle);
  EXPECT_EQ(of(R"({"errors":[{"code":"bad_email"}]})"), Verdict::park);
  EXPECT_EQ(of(R"({"errors": [ ], "error": null})"), Verdict::delivered);
  EXPECT_EQ(of(R"({"errors":false})"), Verdict::delivered);
  EXPECT_EQ(of(R"({"ok":true})"), Verdict::delivered);
  EXPECT_EQ(of(""), Verdict::delivered);
}

TEST(AnswerTest, a_body_that_cannot_be_read_is_no_success_where_a_rule_asks_for_it) {
  const std::string rules = "[{status: 200, field: errors, means: park}]";
  EXPECT_EQ(judged({.status = 200, .body = "<html>"}, rules).verdict, Verdict::unknown);
  EXPECT_EQ(judged({.status = 200, .body = "{\"a\":", .too_large = true}, rules).verdict,
            Verdict::unknown);
  EXPECT_EQ(judged({.status = 200, .body = "<html>"}).verdict, Verdict::delivered);
  EXPECT_EQ(judged({.status = 201, .body = "<html>"}, rules).verdict, Verdict::delivered);
}

TEST(AnswerTest, nothing_that_the_receiver_wrote_is_in_the_reason) {
  const auto outcome =
      judged({.status = 200, .retry_after = "canary", .body = R"({"errors":"canary"})"},
             "[{status: 200, field: errors, means: park}]");
  EXPECT_EQ(outcome.reason, "it answered 200: answers[0] by errors");
  EXPECT_THAT(outcome.reason, Not(HasSubstr("canary")));
}

}  // namespace
}  // namespace wakestream::emitters
