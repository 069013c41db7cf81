// Several events in one request.
#include "emitters/http/batch_request.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <set>

#include "mapping/json_text.h"
#include "tests/unit/emitters/batch_fixture.h"

namespace wakestream::emitters {
namespace {

using testing::HasSubstr;
using testing::Not;

Request request_with(const Recipe& recipe, const std::vector<Attempt>& attempts,
                     Shown shown = Shown::real) {
  const auto batches = batches_of(recipe, attempts);
  EXPECT_EQ(batches.size(), 1U);
  auto request = make_batch_request(recipe, batches.at(0), {some_time, "the-token", shown});
  if (!request) ADD_FAILURE() << request.error();
  return request ? std::move(*request) : Request{};
}

std::vector<std::size_t> sizes(const std::vector<Batch>& batches) {
  std::vector<std::size_t> sizes;
  for (const auto& one : batches) sizes.push_back(one.size());
  return sizes;
}

TEST(BatchRequestTest, by_default_events_with_their_ids_are_a_list) {
  const Events events(2);
  const auto request = request_with(batch_recipe("{results: all}"), events.attempts);
  EXPECT_EQ(
      request.body,
      R"([{"id":"e0","type":"customer.x","subject":"a0","data":{"n":0,"email":"0@example.com"}},)"
      R"({"id":"e1","type":"customer.x","subject":"a1","data":{"n":1,"email":"1@example.com"}}])");
  EXPECT_EQ(header(request, "Content-Type"), "application/json");
}

TEST(BatchRequestTest, an_envelope_has_the_items_where_it_says_and_the_batch_s_id) {
  const Events events(3);
  const auto recipe = batch_recipe(
      R"({results: all, body: {json: {batch: "${id}", op: upsert, in: {members: "${items}"}}}})",
      R"({json: {mail: "${data.email}", id: "${id}"}})");
  const auto request = request_with(recipe, events.attempts);
  const auto id = batch_id(items_of(recipe, events.attempts));
  EXPECT_EQ(request.body, R"({"batch":")" + id + R"(","op":"upsert","in":{"members":[)" +
                              R"({"mail":"0@example.com","id":"e0"},)" +
                              R"({"mail":"1@example.com","id":"e1"},)" +
                              R"({"mail":"2@example.com","id":"e2"}]}})");
}

TEST(BatchRequestTest, lines_are_one_an_item_whatever_blanks_its_json_has) {
  const auto recipe = batch_recipe("{results: all, body: lines}", "data");
  const std::vector<Attempt> attempts{
      {.ticket = 1, .webhook_id = "e", .data = "{\"a\":\n \"x y\\n\",\r\n\"b\": [ 1 ]}"},
      {.ticket = 2, .webhook_id = "f", .data = "{}"}};
  const auto request = request_with(recipe, attempts);
  EXPECT_EQ(request.body, "{\"a\":\"x y\\n\",\"b\":[1]}\n{}\n");
  EXPECT_EQ(header(request, "Content-Type"), "application/x-ndjson");
}

TEST(BatchRequestTest, what_an_event_holds_cannot_leave_its_item) {
  const auto recipe = batch_recipe("{results: all}", R"({json: {q: "${data.quote}"}})");
  const auto request = request_with(recipe, {attempt, attempt});
  EXPECT_EQ(mapping::json_item_count(request.body), 2);
  EXPECT_THAT(request.body, Not(HasSubstr(R"("admin": true)")));
}

TEST(BatchRequestTest, a_request_has_no_more_items_than_may_be) {
  const Events events(7);
  EXPECT_EQ(sizes(batches_of(batch_recipe("{results: all, items_max: 3}"), events.attempts)),
            (std::vector<std::size_t>{3, 3, 1}));
}

TEST(BatchRequestTest, a_request_has_no_more_bytes_than_may_be) {
  const std::string data = R"({"x":")" + std::string(300, 'x') + R"("})";
  std::vector<Attempt> attempts(10, {.webhook_id = "e", .data = data});
  for (const auto* body : {"list", "lines", R"({json: {around: "${id}", items: ["${items}"]}})"}) {
    const auto recipe =
        batch_recipe(fmt::format("{{results: all, bytes_max: 1024, body: {}}}", body), "data");
    std::size_t count = 0;
    for (const auto& batch : batches_of(recipe, attempts)) {
      const auto request = make_batch_request(recipe, batch, {some_time, ""});
      EXPECT_LE(request->body.size(), 1024U) << body;
      EXPECT_GE(batch.size(), count + batch.size() < 10 ? 2U : 1U) << "and no fewer than fit";
      count += batch.size();
    }
    EXPECT_EQ(count, 10U);
  }
}

TEST(BatchRequestTest, an_event_that_alone_is_too_large_is_no_item) {
  const auto recipe = batch_recipe("{results: all, bytes_max: 1024}");
  const std::string data = R"({"x":")" + std::string(2'000, 'x') + R"("})";
  const auto item = make_item(recipe, {.webhook_id = "e", .data = data});
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error(), "alone it is larger than batch.bytes_max");
}

TEST(BatchRequestTest, what_goes_alone_has_a_request_for_itself_and_parts_no_others) {
  const Events events(5);
  const auto batches = batches_of(batch_recipe("{results: all}"), events.attempts,
                                  [](auto id) { return id == "e1" || id == "e3"; });
  ASSERT_EQ(sizes(batches), (std::vector<std::size_t>{1, 1, 3}));
  EXPECT_EQ(batches[0][0].id, "e1");
  EXPECT_EQ(batches[2][1].id, "e2");
}

TEST(BatchRequestTest, two_that_an_answer_would_name_alike_are_not_in_one_request) {
  const auto recipe = batch_recipe(
      R"({results: {id: mail, echoes: "${data.mail}", answers: [{means: delivered}]}})", "data");
  const std::vector<Attempt> attempts{{.webhook_id = "e0", .data = R"({"mail":"m"})"},
                                      {.webhook_id = "e1", .data = R"({"mail":"n"})"},
                                      {.webhook_id = "e2", .data = R"({"mail":"m"})"}};
  EXPECT_EQ(sizes(batches_of(recipe, attempts)), (std::vector<std::size_t>{2, 1}));
  const auto item = make_item(recipe, {.webhook_id = "e3", .data = "{}"});
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error(), "an answer names it by data.mail, which the event does not have");
}

TEST(BatchRequestTest, the_same_items_in_the_same_order_are_the_same_request_and_no_others) {
  const auto recipe = batch_recipe("{results: all}");
  const auto id = [&](std::vector<Attempt> attempts) {
    return batch_id(items_of(recipe, attempts));
  };
  const Events events(3);
  const auto& all = events.attempts;
  const std::set<std::string> different{id({all[0]}), id({all[0], all[1]}), id({all[1], all[0]}),
                                        id(all)};
  EXPECT_EQ(different.size(), 4U);
  EXPECT_EQ(id(all), id(all));
  EXPECT_EQ(id(all).size(), 38U);
  EXPECT_TRUE(id(all).starts_with("batch-"));
}

TEST(BatchRequestTest, a_webhook_is_signed_as_a_whole_under_the_batch_s_id) {
  const auto recipe =
      batch_recipe("{results: all}", "event",
                   "webhook: {secrets: [whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=]}\n");
  const Events events(2);
  const auto request = request_with(recipe, events.attempts);
  const auto id = batch_id(items_of(recipe, events.attempts));
  EXPECT_EQ(header(request, "webhook-id"), id);
  EXPECT_EQ(
      header(request, "webhook-signature"),
      webhook_signature(recipe.webhook, id, header(request, "webhook-timestamp"), request.body));
}

TEST(BatchRequestTest, url_and_headers_may_have_the_batch_s_id) {
  const auto recipe = recipe_of(
      "request: {url: \"https://a.b/${id}\", headers: {Idempotency-Key: \"${id}\"}}\n"
      "batch: {results: all}\n");
  const Events events(2);
  const auto request = request_with(recipe, events.attempts);
  const auto id = batch_id(items_of(recipe, events.attempts));
  EXPECT_EQ(request.url, "https://a.b/" + id);
  EXPECT_EQ(header(request, "Idempotency-Key"), id);
}

TEST(BatchRequestTest, no_secret_is_shown_to_a_person) {
  setenv("WAKESTREAM_TEST_SECRET", "hunter2", 1);
  const auto recipe =
      batch_recipe(R"({results: all, body: {json: {key: "${env:WAKESTREAM_TEST_SECRET}",)"
                   R"( items: "${items}"}}})",
                   R"({json: {key: "${env:WAKESTREAM_TEST_SECRET}"}})");
  const auto shown = make_request(recipe, attempt, {some_time, "", Shown::masked});
  EXPECT_EQ(shown->body, R"({"key":"***","items":[{"key":"***"}]})");
  EXPECT_EQ(request_of(recipe).body, R"({"key":"hunter2","items":[{"key":"hunter2"}]})");
}

}  // namespace
}  // namespace wakestream::emitters
