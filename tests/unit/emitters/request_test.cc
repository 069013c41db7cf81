// The request that an attempt becomes.
#include "emitters/http/request.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/unit/emitters/recipe_fixture.h"

namespace wakestream::emitters {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string with_body(const std::string& body) {
  return "request:\n  url: https://esp.example/v1\n  body: " + body + "\n";
}

TEST(RequestTest, by_default_an_event_is_posted_as_json) {
  const auto request = request_of(recipe_of("request: {url: https://esp.example/v1}"));
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://esp.example/v1");
  EXPECT_EQ(header(request, "Content-Type"), "application/json");
  EXPECT_EQ(
      request.body,
      std::string(R"({"type":"customer.email_changed","timestamp":"2026-01-02T03:04:05Z",)") +
          R"("subject":"4711","sequence":"00000001-0000000001A2B3C4-0-000000000001-0002","data":)" +
          std::string(attempt.data) + "}");
}

TEST(RequestTest, a_field_in_the_url_cannot_leave_its_place) {
  const auto request = request_of(
      recipe_of("request: {url: \"https://esp.example/${data.email}?q=${data.quote}\"}"));
  EXPECT_EQ(
      request.url,
      "https://esp.example/a%2Bb%40example.com?q=%22%7D%2C%20%22admin%22%3A%20true%2C%20%7B%22");
}

TEST(RequestTest, a_url_whose_field_the_event_does_not_have_is_said_by_its_name) {
  const auto recipe = recipe_of("request: {url: \"https://esp.example/${data.phone}\"}");
  const auto request = make_request(recipe, attempt, {some_time, "", Shown::real});
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error(), "the URL needs data.phone, which the event does not have");
}

TEST(RequestTest, a_json_body_keeps_types_and_digits_and_leaves_out_what_is_not_there) {
  const auto body = with_body(
      "{json: {id: \"${subject}\", balance: \"${data.balance}\", when: \"at ${time}\", "
      "phone: \"${data.phone}\", mixed: \"tel ${data.phone}\", consent: \"${data.consent}\", "
      "deep: \"${data.consent.email}\", gone: \"${data.gone}\", second: \"${data.list.1}\", "
      "fixed: [1, \"1\", true, null, -2.5, word, \"${data.phone}\", 1.2.3]}}");
  EXPECT_EQ(request_of(recipe_of(body)).body,
            R"({"id":"4711","balance":12345678901234567890.10,"when":"at 2026-01-02T03:04:05Z",)"
            R"("consent":{"email":true},"deep":true,"gone":null,"second":"two",)"
            R"("fixed":[1,"1",true,null,-2.5,"word","1.2.3"]})");
}

TEST(RequestTest, a_field_in_a_json_text_cannot_add_a_member) {
  const auto request = request_of(recipe_of(with_body("{json: {note: \"said ${data.quote}\"}}")));
  EXPECT_EQ(request.body, R"({"note":"said \"}, \"admin\": true, {\""})");
}

TEST(RequestTest, a_form_is_encoded_and_leaves_out_what_is_not_there) {
  const auto request = request_of(recipe_of(with_body(
      "{form: {\"a b\": \"${data.email}\", phone: \"${data.phone}\", n: \"${data.version}\"}}")));
  EXPECT_EQ(request.body, "a%20b=a%2Bb%40example.com&n=3");
  EXPECT_EQ(header(request, "Content-Type"), "application/x-www-form-urlencoded");
}

TEST(RequestTest, a_control_character_never_gets_into_a_header) {
  const auto recipe =
      recipe_of("request: {url: https://esp.example/, headers: {X-Name: \"${data.name}\"}}");
  auto wrong = attempt;
  wrong.data = R"({"name":"a\r\nX-Admin: 1"})";
  const auto request = make_request(recipe, wrong, {some_time, "", Shown::real});
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error(), "the header X-Name would hold a control character");
}

TEST(RequestTest, a_header_without_its_field_is_left_out) {
  const auto request = request_of(recipe_of(
      "request: {url: https://esp.example/, headers: {X-P: \"${data.phone}\", X-I: \"${id}\"}}"));
  EXPECT_EQ(header(request, "X-P"), "");
  EXPECT_EQ(header(request, "X-I"), attempt.webhook_id);
}

TEST(RequestTest, bearer_and_basic) {
  EXPECT_EQ(header(request_of(recipe_of("request: {url: https://a.b/}\nauth: {bearer: t0ken}")),
                   "Authorization"),
            "Bearer t0ken");
  EXPECT_EQ(header(request_of(recipe_of(
                       "request: {url: https://a.b/}\nauth: {basic: {user: u, password: p}}")),
                   "Authorization"),
            "Basic dTpw");
  EXPECT_EQ(header(request_of(recipe_of("request: {url: https://a.b/}\nauth: {oauth2: {token_url: "
                                        "https://a.b/t, client_id: i, client_secret: s}}")),
                   "Authorization"),
            "Bearer the-token");
}

// printf '1767323045.{"account_id":"4711"}' | openssl dgst -sha256 -hmac secret, and so on
TEST(RequestTest, hmac_of_the_body_with_and_without_the_time) {
  auto small = attempt;
  small.data = R"({"account_id":"4711"})";
  const auto signed_by = [&](const std::string& more) {
    const auto recipe = recipe_of(
        "request: {url: https://a.b/, body: data}\nauth: {hmac: {key: secret, header: X-Sig" +
        more + "}}");
    const auto request = make_request(recipe, small, {some_time, "", Shown::real});
    return request ? header(*request, "X-Sig") : request.error();
  };
  EXPECT_EQ(signed_by(", prefix: \"sha256=\""),
            "sha256=52f2587a04cc9f92b89e9df1095397ea558af4962fde4680dbe76a528acf5c11");
  EXPECT_EQ(signed_by(", timestamp_header: X-Time"),
            "451654c6cb511d2e9f534677d67afb77ff92179521f68894c64c2c72b4297aad");
  EXPECT_EQ(
      signed_by(", digest: sha512, encoding: base64"),
      "pkPZ9E4LTrcX6E/QioSfGMlqxOf66R1ZM01vb0G5eylw1LA2TTYxleWrH2vifjrghanCH9aq9h7FXKqY49kfQw==");
}

TEST(RequestTest, a_token_is_asked_for_as_rfc_6749_says) {
  OAuth2Auth auth{.token_url = "https://a.b/t",
                  .client_id = keys::Secret("a:b"),
                  .client_secret = keys::Secret("c d"),
                  .scope = "x y"};
  auto request = make_token_request(auth);
  EXPECT_EQ(header(request, "Authorization"), "Basic YSUzQWI6YyUyMGQ=");
  EXPECT_EQ(request.body, "grant_type=client_credentials&scope=x%20y");
  auth.in_body = true;
  request = make_token_request(auth);
  EXPECT_EQ(header(request, "Authorization"), "");
  EXPECT_EQ(request.body,
            "grant_type=client_credentials&client_id=a%3Ab&client_secret=c%20d&scope=x%20y");
}

TEST(RequestTest, whoever_looks_sees_no_secret) {
  setenv("WAKESTREAM_TEST_SECRET", "hunter2", 1);
  const std::string request_part =
      "request:\n"
      "  url: \"https://esp.example/${env:WAKESTREAM_TEST_SECRET}/${data.version}\"\n"
      "  headers: {X-Key: \"k ${env:WAKESTREAM_TEST_SECRET}\"}\n";
  const std::string auths[] = {
      "  body: {json: {key: \"${env:WAKESTREAM_TEST_SECRET}\"}}\nauth: {bearer: "
      "\"${env:WAKESTREAM_TEST_SECRET}\"}\n",
      "  body: {form: {key: \"${env:WAKESTREAM_TEST_SECRET}\"}}\nauth: {basic: {user: a, password: "
      "\"${env:WAKESTREAM_TEST_SECRET}\"}}\n",
      "auth: {hmac: {key: \"${env:WAKESTREAM_TEST_SECRET}\", header: X-Sig}}\n"};
  for (const auto& auth : auths) {
    const auto recipe = recipe_of(request_part + auth);
    const auto all = [](const Request& request) {
      auto text = request.method + " " + request.url + " " + request.body;
      for (const auto& [name, value] : request.headers) text += fmt::format(" {}: {}", name, value);
      return text;
    };
    EXPECT_THAT(all(request_of(recipe)), HasSubstr("hunter2"));
    const auto shown = all(request_of(recipe, Shown::masked));
    EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
    EXPECT_THAT(shown, Not(HasSubstr("YTpodW50ZXIy")));
    EXPECT_THAT(shown, HasSubstr("https://esp.example/***/3"));
    EXPECT_THAT(shown, HasSubstr("X-Key: k ***"));
  }
}

}  // namespace
}  // namespace wakestream::emitters
