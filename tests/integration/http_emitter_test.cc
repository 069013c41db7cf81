// Many attempts side by side against a real HTTP server; what a single one meets is in
// tests/program/consumer_test.py.
#include "emitters/http/http_emitter.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <httplib.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "emitters/http/recipe_reader.h"
#include "mapping/json_text.h"

namespace wakestream::emitters {
namespace {

using std::chrono::milliseconds;

// Answers at /ok, at /slow when it is let go, at /token with a new token each time, and at /guarded
// to whoever has the newest.
class Receiver {
 public:
  Receiver() {
    server_.set_keep_alive_max_count(1'000'000);
    server_.new_task_queue = [] { return new httplib::ThreadPool(16); };  // NOLINT: the server's
    server_.Post("/ok", [this](const auto& request, auto& answer) { take(request, answer); });
    server_.Post("/slow", [this](const auto& request, auto& answer) {
      while (!let_go) std::this_thread::sleep_for(milliseconds{5});
      take(request, answer);
    });
    server_.Post("/token", [this](const auto&, auto& answer) {
      std::this_thread::sleep_for(token_pause.load());
      answer.set_content(fmt::format(R"({{"access_token":"t{}"}})", ++tokens), "application/json");
    });
    server_.Post("/guarded", [this](const auto& request, auto& answer) {
      take(request, answer);
      if (request.get_header_value("Authorization") != fmt::format("Bearer t{}", newest.load()))
        answer.status = 401;
    });
    server_.Post("/batch", [this](const auto& request, auto& answer) {
      take(request, answer);
      answer.set_content(results(request.body), "application/json");
    });
    server_.Post("/picky", [this](const auto& request, auto& answer) {
      take(request, answer);
      if (request.body.find("poison") != std::string::npos) answer.status = 400;
    });
    port = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver() {
    let_go = true;
    server_.stop();
    thread_.join();
  }

  std::size_t connections() {
    const std::scoped_lock lock(mutex_);
    return clients_.size();
  }
  std::map<std::string, int> bodies() {
    const std::scoped_lock lock(mutex_);
    return bodies_;
  }

  int port = 0;
  std::atomic<bool> let_go = false;
  std::atomic<int> tokens = 0;
  std::atomic<milliseconds> token_pause = milliseconds{0};
  std::atomic<int> newest = 1;

 private:
  // Of each item one, the last first.
  static std::string results(const std::string& body) {
    std::string all;
    mapping::each_json_item(body, [&](std::string_view item) {
      const auto id = mapping::json_member(item, "\"id\"").value;
      all.insert(0, fmt::format(R"({{"id":{},"ok":true}}{})", id, all.empty() ? "" : ","));
    });
    return "[" + all + "]";
  }

  void take(const httplib::Request& request, httplib::Response& answer) {
    const std::scoped_lock lock(mutex_);
    clients_.insert(request.remote_port);
    ++bodies_[request.body];
    answer.status = 200;
  }

  httplib::Server server_;
  std::thread thread_;
  std::mutex mutex_;
  std::set<int> clients_;
  std::map<std::string, int> bodies_;
};

Recipe recipe_for(const Receiver& receiver, const std::string& path, const std::string& more = "",
                  const std::string& body = "data") {
  auto recipe = parse_recipe(
      fmt::format(
          "request: {{url: 'http://127.0.0.1:{0}/{1}', body: {3}}}\n"
          "network: {{plain_http: true, allow: [127.0.0.1], in_flight_max: 8, timeout_s: 20}}\n{2}",
          receiver.port, path, more, body),
      "recipe.yaml");
  if (!recipe) ADD_FAILURE() << recipe.error().front().message;
  return std::move(*recipe);
}

std::string oauth2(const Receiver& receiver) {
  return fmt::format(
      "auth: {{oauth2: {{token_url: 'http://127.0.0.1:{}/token', client_id: a, client_secret: "
      "b}}}}\n",
      receiver.port);
}

// Sends `count` events, each as soon as there is room; the outcomes by ticket.
std::map<std::uint64_t, Outcome> send_all(Emitter& emitter, std::uint64_t count,
                                          std::int64_t begin_by_ms = no_time_limit) {
  std::map<std::uint64_t, Outcome> by_ticket;
  std::vector<Outcome> outcomes;
  std::uint64_t next = 0;
  while (by_ticket.size() < count) {
    while (next < count && emitter.room() > 0) {
      const auto data = fmt::format(R"({{"n":{}}})", next);
      const Attempt attempt{.ticket = next++,
                            .webhook_id = "id",
                            .type = "t",
                            .data = data,
                            .begin_by_ms = begin_by_ms};
      emitter.send({&attempt, 1});
    }
    outcomes.clear();
    emitter.take(milliseconds{1'000}, outcomes);
    for (auto& one : outcomes) by_ticket[one.ticket] = std::move(one);
  }
  return by_ticket;
}

TEST(HttpEmitterTest, each_attempt_arrives_once_over_few_connections_that_are_kept) {
  Receiver receiver;
  HttpEmitter emitter(recipe_for(receiver, "ok"));
  const auto outcomes = send_all(emitter, 500);
  for (const auto& [ticket, outcome] : outcomes)
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << ticket << " " << outcome.reason;
  EXPECT_EQ(outcomes.size(), 500U);
  EXPECT_EQ(outcomes.rbegin()->first, 499U);
  const auto bodies = receiver.bodies();
  EXPECT_EQ(bodies.size(), 500U);
  for (const auto& [body, times] : bodies) EXPECT_EQ(times, 1) << body;
  EXPECT_LE(receiver.connections(), 8U);
}

TEST(HttpEmitterTest, what_is_under_way_takes_room_until_its_outcome_is_taken) {
  Receiver receiver;
  HttpEmitter emitter(recipe_for(receiver, "slow"));
  EXPECT_EQ(emitter.room(), 8U);
  const Attempt attempt{.ticket = 1, .webhook_id = "id", .type = "t", .data = "{}"};
  emitter.send({&attempt, 1});
  EXPECT_EQ(emitter.room(), 7U);
  std::vector<Outcome> outcomes;
  emitter.take(milliseconds{20}, outcomes);
  EXPECT_THAT(outcomes, testing::IsEmpty());
  receiver.let_go = true;
  while (outcomes.empty()) emitter.take(milliseconds{1'000}, outcomes);
  EXPECT_EQ(outcomes.front().ticket, 1U);
  EXPECT_EQ(emitter.room(), 8U);
}

TEST(HttpEmitterTest, another_thread_ends_a_wait) {
  Receiver receiver;
  HttpEmitter emitter(recipe_for(receiver, "slow"));
  const Attempt attempt{.ticket = 1, .webhook_id = "id", .type = "t", .data = "{}"};
  emitter.send({&attempt, 1});
  std::vector<Outcome> outcomes;
  std::thread waker([&] { emitter.wake(); });
  // Longer than the test may take: it is `wake` that ends it.
  emitter.take(std::chrono::hours{1}, outcomes);
  waker.join();
  EXPECT_THAT(outcomes, testing::IsEmpty());
}

TEST(HttpEmitterTest, one_token_is_fetched_for_all_who_wait) {
  Receiver receiver;
  HttpEmitter emitter(recipe_for(receiver, "guarded", oauth2(receiver)));
  for (const auto& [ticket, outcome] : send_all(emitter, 50))
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << ticket << " " << outcome.reason;
  EXPECT_EQ(receiver.tokens, 1);
}

TEST(HttpEmitterTest, a_token_that_is_refused_is_replaced) {
  Receiver receiver;
  HttpEmitter emitter(recipe_for(receiver, "guarded", oauth2(receiver)));
  EXPECT_EQ(send_all(emitter, 1)[0].verdict, Verdict::delivered);
  receiver.newest = 2;
  EXPECT_EQ(send_all(emitter, 1)[0].verdict, Verdict::retry);
  EXPECT_EQ(send_all(emitter, 1)[0].verdict, Verdict::delivered);
  EXPECT_EQ(receiver.tokens, 2);
}

// --- what must not begin late

TEST(HttpEmitterTest, what_does_not_begin_in_time_never_arrives_and_may_be_tried_again) {
  Receiver receiver;
  HttpEmitter emitter(recipe_for(receiver, "ok"));
  for (int connection = 0; connection < 2; ++connection) {  // a new one, and one that was kept
    for (const auto& [ticket, outcome] : send_all(emitter, 2, boot_ms() - 1)) {
      EXPECT_EQ(outcome.verdict, Verdict::retry);
      EXPECT_EQ(outcome.reason, begins_too_late);
    }
    EXPECT_THAT(receiver.bodies(), testing::SizeIs(connection));
    EXPECT_EQ(send_all(emitter, 1, boot_ms() + 60'000)[0].verdict, Verdict::delivered);
  }
  EXPECT_THAT(receiver.bodies(), testing::ElementsAre(testing::Pair(R"({"n":0})", 2)));
}

TEST(HttpEmitterTest, what_waits_for_a_token_until_it_is_too_late_does_not_begin) {
  Receiver receiver;
  receiver.token_pause = milliseconds{100};
  HttpEmitter emitter(recipe_for(receiver, "guarded", oauth2(receiver)));
  EXPECT_EQ(send_all(emitter, 1, boot_ms() + 30)[0].reason, begins_too_late);
  EXPECT_EQ(receiver.tokens, 1);
  EXPECT_THAT(receiver.bodies(), testing::IsEmpty());
}

TEST(HttpEmitterTest, of_a_batch_none_begins_when_it_is_too_late_for_one) {
  Receiver receiver;
  HttpEmitter emitter(recipe_for(receiver, "ok", "batch: {items_max: 4, results: all}\n", "event"));
  const std::vector<Attempt> attempts = {
      {.ticket = 1, .webhook_id = "a", .type = "t", .data = "{}"},
      {.ticket = 2, .webhook_id = "b", .type = "t", .data = "{}", .begin_by_ms = boot_ms() - 1}};
  emitter.send(attempts);
  std::vector<Outcome> outcomes;
  while (outcomes.size() < 2) emitter.take(milliseconds{1'000}, outcomes);
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.reason, begins_too_late);
  EXPECT_THAT(receiver.bodies(), testing::IsEmpty());
}

// --- several events in one request

Recipe batch_recipe_for(const Receiver& receiver, const std::string& path, const std::string& batch,
                        const std::string& more = "") {
  return recipe_for(receiver, path, fmt::format("batch: {}\n{}", batch, more), "event");
}
// As many as there is room for at once, until each has an end: an outcome but for `retry`.
std::map<std::string, Outcome> send_together(Emitter& emitter, std::vector<std::string> ids) {
  std::map<std::string, Outcome> by_id;
  std::map<std::uint64_t, std::string> under_way;
  std::vector<Outcome> outcomes;
  std::uint64_t ticket = 0;
  while (!ids.empty() || !under_way.empty()) {
    std::vector<std::string> chosen;
    std::vector<Attempt> attempts;
    while (!ids.empty() && chosen.size() < emitter.room()) {
      chosen.push_back(std::move(ids.back()));
      ids.pop_back();
    }
    for (const auto& id : chosen) {
      attempts.push_back({.ticket = ++ticket, .webhook_id = id, .type = "t", .data = "{}"});
      under_way[ticket] = id;
    }
    emitter.send(attempts);
    outcomes.clear();
    emitter.take(milliseconds{1'000}, outcomes);
    for (auto& one : outcomes) {
      const auto id = under_way.extract(one.ticket).mapped();
      if (one.verdict == Verdict::retry) ids.push_back(id);
      by_id[id] = std::move(one);
    }
  }
  return by_id;
}

std::vector<std::string> ids(int count) {
  std::vector<std::string> ids;
  ids.reserve(static_cast<std::size_t>(count));
  for (int at = 0; at < count; ++at) ids.push_back(fmt::format("e{}", at));
  return ids;
}

std::map<std::string, int> times_by_id(Receiver& receiver, std::size_t& most) {
  std::map<std::string, int> times;
  for (const auto& [body, count] : receiver.bodies()) {
    const auto items = mapping::each_json_item(body, [&, many = count](std::string_view item) {
      times[std::string(mapping::json_member(item, "\"id\"").value)] += many;
    });
    most = std::max(most, static_cast<std::size_t>(items.value_or(0)));
  }
  return times;
}

TEST(HttpEmitterTest, of_a_batch_each_attempt_arrives_once_and_has_its_own_outcome) {
  Receiver receiver;
  HttpEmitter emitter(batch_recipe_for(receiver, "batch",
                                       "{items_max: 4, results: {id: id, answers: [{field: ok, "
                                       "means: delivered}]}}"));
  const auto outcomes = send_together(emitter, ids(500));
  EXPECT_EQ(outcomes.size(), 500U);
  for (const auto& [id, outcome] : outcomes)
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << id << " " << outcome.reason;
  std::size_t most = 0;
  const auto times = times_by_id(receiver, most);
  EXPECT_EQ(times.size(), 500U);
  for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
  EXPECT_EQ(most, 4U);
  EXPECT_EQ(emitter.room(), 8U);
}

TEST(HttpEmitterTest, each_event_of_a_batch_takes_room_until_its_outcome_is_taken) {
  Receiver receiver;
  HttpEmitter emitter(batch_recipe_for(receiver, "slow", "{items_max: 4, results: all}"));
  std::vector<Attempt> attempts;
  attempts.reserve(5);
  for (std::uint64_t at = 0; at < 5; ++at)
    attempts.push_back({.ticket = at, .webhook_id = "id", .type = "t", .data = "{}"});
  emitter.send(attempts);
  EXPECT_EQ(emitter.room(), 3U);
  receiver.let_go = true;
  std::vector<Outcome> outcomes;
  while (outcomes.size() < 5) emitter.take(milliseconds{1'000}, outcomes);
  EXPECT_EQ(emitter.room(), 8U);
}

TEST(HttpEmitterTest, what_is_refused_together_is_sent_alone_and_only_the_culprit_is_parked) {
  Receiver receiver;
  HttpEmitter emitter(batch_recipe_for(receiver, "picky", "{items_max: 4, results: all}"));
  auto all = ids(7);
  all.emplace_back("poison");
  const auto outcomes = send_together(emitter, all);
  for (const auto& [id, outcome] : outcomes)
    EXPECT_EQ(outcome.verdict, id == "poison" ? Verdict::park : Verdict::delivered) << id;
  std::size_t most = 0;
  auto times = times_by_id(receiver, most);
  EXPECT_EQ(times.extract("\"poison\"").mapped(), 2) << "in company, and alone";
  int twice = 0;
  for (const auto& [id, count] : times) twice += count - 1;
  EXPECT_EQ(twice, 3) << "who was in its company";
}

TEST(HttpEmitterTest, one_token_is_fetched_for_a_batch_that_waits) {
  Receiver receiver;
  HttpEmitter emitter(
      batch_recipe_for(receiver, "guarded", "{items_max: 4, results: all}", oauth2(receiver)));
  for (const auto& [id, outcome] : send_together(emitter, ids(8)))
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << id << " " << outcome.reason;
  EXPECT_EQ(receiver.tokens, 1);
  EXPECT_EQ(receiver.bodies().size(), 2U);
}

TEST(HttpEmitterTest, what_is_under_way_at_the_end_is_given_up) {
  Receiver receiver;
  {
    HttpEmitter emitter(recipe_for(receiver, "slow"));
    const Attempt attempt{.ticket = 1, .webhook_id = "id", .type = "t", .data = "{}"};
    emitter.send({&attempt, 1});
    std::vector<Outcome> outcomes;
    emitter.take(milliseconds{20}, outcomes);
  }
  receiver.let_go = true;
}

}  // namespace
}  // namespace wakestream::emitters
