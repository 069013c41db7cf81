// When a token is fetched, and which one is used.
#include "emitters/http/access_token.h"

#include <gmock/gmock.h>

namespace wakestream::emitters {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

constexpr AccessToken::Time start{1'000};

Answer token_answer(const std::string& token, int life_s) {
  return {.status = 200,
          .body = R"({"access_token":")" + token + R"(","expires_in":)" + std::to_string(life_s) +
                  R"(,"token_type":"Bearer"})"};
}

TEST(AccessTokenTest, one_request_is_under_way_at_a_time) {
  AccessToken token;
  EXPECT_TRUE(token.wanted(start));
  token.asked();
  EXPECT_FALSE(token.wanted(start));
  token.failed();
  EXPECT_TRUE(token.wanted(start));
}

TEST(AccessTokenTest, it_is_renewed_before_it_ends_and_used_meanwhile) {
  AccessToken token;
  token.asked();
  EXPECT_EQ(token.answered(token_answer("abc", 3'600), start), std::nullopt);
  EXPECT_EQ(token.token().reveal(), "abc");
  EXPECT_FALSE(token.wanted(start + seconds{3'539}));
  EXPECT_TRUE(token.wanted(start + seconds{3'540}));
  EXPECT_TRUE(token.usable(start + seconds{3'599}));
  EXPECT_FALSE(token.usable(start + seconds{3'600}));
}

TEST(AccessTokenTest, a_token_that_was_refused_is_not_used_again_but_a_newer_one_is) {
  AccessToken token;
  token.answered(token_answer("new", 60), start);
  token.refused("old");
  EXPECT_TRUE(token.usable(start));
  token.refused("new");
  EXPECT_FALSE(token.usable(start));
  EXPECT_TRUE(token.wanted(start));
}

TEST(AccessTokenTest, an_answer_without_a_token_is_said_and_not_shown) {
  const Answer wrong[] = {{.status = 401, .body = R"({"error":"canary"})"},
                          {.status = 200, .body = "canary"},
                          {.status = 200, .body = R"({"token":"canary"})"},
                          {.status = 200, .body = R"({"access_token":"canary\r\nX: y"})"},
                          {.status = 200, .body = R"({"access_token":"can)", .too_large = true}};
  for (const auto& answer : wrong) {
    AccessToken token;
    token.asked();
    const auto problem = token.answered(answer, start);
    ASSERT_TRUE(problem) << answer.body;
    EXPECT_THAT(*problem, Not(HasSubstr("canary")));
    EXPECT_FALSE(token.usable(start));
    EXPECT_TRUE(token.wanted(start));
  }
}

}  // namespace
}  // namespace wakestream::emitters
