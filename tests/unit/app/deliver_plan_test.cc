// What a role that delivers is given: from the example's policy and rules, and files of its own.
#include "app/deliver_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "app/check/gather.h"
#include "app/config_loader.h"
#include "app/load_rules.h"

namespace wakestream::app {
namespace {

constexpr const char* recipe =
    "request: { url: https://esp.example/ }\nnetwork: { in_flight_max: 7 }\n";

class DeliverPlanTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("WAKESTREAM_AUDIENCES_KEY", "sixteen bytes at least", 1);
    std::filesystem::create_directories(folder_);
    write("esp.yaml", recipe);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  std::string whole(const std::string& consumers, const std::string& more = "") const {
    return std::string(
               "pipeline: demo\nsource: {url: x}\nlog: {embedded: {path: ./log}}\nrules: [") +
           WAKESTREAM_SOURCE_DIR "/sql/rules/customer.sql]\npolicy: " WAKESTREAM_SOURCE_DIR
                                 "/examples/policy.yaml\n" +
           more + "consumers:\n" + consumers;
  }
  tl::expected<DeliverPlan, std::vector<yaml::Problem>> plan(const std::string& consumers) const {
    const auto config = parse_config(whole(consumers), (folder_ / "ws.yaml").string());
    if (!config) return tl::unexpected(config.error());
    return plan_deliver(*config, *rules_of(*config));
  }
  // Without the folder's path.
  std::string problems(const std::string& consumers) const {
    const auto planned = plan(consumers);
    if (planned) return "no problem";
    std::string text;
    for (const auto& problem : planned.error()) text += to_string(problem) + "\n";
    const auto prefix = folder_.string() + "/";
    for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
      text.erase(at, prefix.size());
    return text;
  }

  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / "wakestream-deliver-plan-test";
};

TEST_F(DeliverPlanTest, a_consumer_is_planned_with_its_recipe_and_its_limits) {
  const auto planned = plan(
      "  esp:\n    recipe: esp.yaml\n    events: [customer.created, customer.email_changed]\n"
      "    banners: [banner-a]\n    rate_per_s: 200\n    burst: 400\n"
      "    retries: { attempts: 3, first_pause: 2s, longest_pause: 1m }\n"
      "    exhausted: { customer.email_changed: supersede }\n    bulk: mute\n");
  ASSERT_TRUE(planned);
  ASSERT_EQ(planned->consumers.size(), 1U);
  const auto& esp = planned->consumers[0];
  EXPECT_EQ(esp.name, "esp");
  EXPECT_THAT(esp.types, testing::ElementsAre("customer.created", "customer.email_changed"));
  EXPECT_THAT(esp.banners, testing::ElementsAre("banner-a"));
  EXPECT_EQ(std::get<emitters::Recipe>(esp.reached_by).network.in_flight_max, 7U);
  EXPECT_EQ(esp.lanes.pace.at_once_max, 7U) << "no more than the recipe has under way";
  EXPECT_EQ(esp.lanes.pace.rate_per_s, 200);
  EXPECT_EQ(esp.lanes.pace.burst, 400);
  EXPECT_EQ(esp.lanes.attempts_max, 3U);
  EXPECT_EQ(esp.lanes.pause_ms_min, 2'000);
  EXPECT_EQ(esp.lanes.pause_ms_max, 60'000);
  EXPECT_EQ(esp.lanes.exhausted.at("customer.email_changed"), deliver::WhenExhausted::supersede);
  EXPECT_EQ(esp.lanes.bulk.treatment, deliver::BulkTreatment::mute);
  EXPECT_TRUE(planned->asked.consumer("esp"));
  EXPECT_TRUE(planned->shapes.by_type.contains("customer.email_changed"));
}

TEST_F(DeliverPlanTest, a_share_has_its_part_of_each_limit_and_one_at_least) {
  deliver::LaneSettings whole;
  whole.pace.rate_per_s = 200;
  whole.pace.burst = 2;
  whole.pace.at_once_max = 100;
  whole.bulk.rate_per_s = 40;
  const auto part = share_of(whole, 4);
  EXPECT_EQ(part.pace.rate_per_s, 50);
  EXPECT_EQ(part.pace.burst, 1);
  EXPECT_EQ(part.pace.at_once_max, 25U);
  EXPECT_EQ(part.bulk.rate_per_s, 10);
  EXPECT_EQ(part.window_bytes_max, whole.window_bytes_max / 4);
  whole.pace.rate_per_s = 0;
  whole.pace.at_once_max = 3;
  EXPECT_EQ(share_of(whole, 4).pace.rate_per_s, 0) << "no limit";
  EXPECT_EQ(share_of(whole, 4).pace.at_once_max, 1U);
}

TEST_F(DeliverPlanTest, a_schedule_of_replays_is_planned_with_what_it_takes) {
  const auto planned = plan(
      "  esp:\n    recipe: esp.yaml\n    events: [customer.created, customer.email_changed]\n"
      "    replay: { schedule: 15 */2 * * *, types: [customer.created], errors: [answer 500] }\n");
  ASSERT_TRUE(planned);
  const auto& replay = planned->consumers.at(0).replay;
  ASSERT_TRUE(replay);
  EXPECT_EQ(replay->when.text(), "15 */2 * * *");
  EXPECT_THAT(replay->types, testing::ElementsAre("customer.created"));
  EXPECT_THAT(replay->errors, testing::ElementsAre("answer 500"));
  EXPECT_EQ(replay->times_max, 3U);
  EXPECT_FALSE(plan("  esp: { recipe: esp.yaml }\n")->consumers.at(0).replay);
}

TEST_F(DeliverPlanTest, what_a_schedule_takes_must_be_subscribed_to) {
  EXPECT_EQ(problems("  esp:\n    recipe: esp.yaml\n    events: [customer.created]\n"
                     "    replay: { schedule: 0 4 * * *, types: [customer.email_changed, x.y] }\n"),
            "ws.yaml:10:44: consumers.esp.replay.types: customer.email_changed is not among its "
            "events\n"
            "ws.yaml:10:68: consumers.esp.replay.types: no rule makes events of type x.y\n"
            "ws.yaml:10:68: consumers.esp.replay.types: x.y is not among its events\n");
}

TEST_F(DeliverPlanTest, a_consumer_of_files_has_its_folder_beside_the_configuration) {
  const auto planned = plan("  crm: { file: { folder: out } }\n");
  ASSERT_TRUE(planned);
  EXPECT_EQ(std::get<emitters::FileSettings>(planned->consumers.at(0).reached_by).folder,
            (folder_ / "out").string());
  EXPECT_TRUE(planned->consumers[0].types.empty()) << "every one";
}

TEST_F(DeliverPlanTest, what_is_not_known_is_said_with_its_place_and_the_nearest_name) {
  EXPECT_EQ(problems("  exp:\n    recipe: esp.yaml\n    events: [customer.email_chnged]\n"
                     "    banners: [bannera]\n    exhausted: { customer.creatd: skip }\n"),
            "ws.yaml:7:3: consumers.exp: the policy has no such consumer (is it esp?): add it "
            "there, with its purpose and what it is authorized for\n"
            "ws.yaml:9:14: consumers.exp.events: no rule makes events of type "
            "customer.email_chnged (is it customer.email_changed?)\n"
            "ws.yaml:10:15: consumers.exp.banners: the policy has no banner bannera (is it "
            "banner-a?)\n"
            "ws.yaml:11:18: consumers.exp.exhausted: no rule makes events of type customer.creatd "
            "(is it customer.created?)\n"
            "ws.yaml:11:18: consumers.exp.exhausted: customer.creatd is not among its events\n");
}

TEST_F(DeliverPlanTest, what_is_exhausted_must_be_subscribed_to) {
  EXPECT_EQ(problems("  esp:\n    recipe: esp.yaml\n    events: [customer.created]\n"
                     "    exhausted: { customer.email_changed: skip }\n"),
            "ws.yaml:10:18: consumers.esp.exhausted: customer.email_changed is not among its "
            "events\n");
}

TEST_F(DeliverPlanTest, every_recipe_has_its_problems_said_once_with_their_place) {
  write("bad.yaml", "request: { url: http://a.b/ }\nnetwrk: {}\n");
  EXPECT_EQ(problems("  esp: { recipe: bad.yaml }\n  crm: { recipe: bad.yaml }\n"
                     "  sms: { recipe: none.yaml }\n"),
            "bad.yaml:1:17: request.url begins with http://, which nobody protects: https://, or "
            "network.plain_http: true\n"
            "bad.yaml:2:1: netwrk is not known; did you mean network?\n"
            "none.yaml: the recipe cannot be read: name its file\n");
}

TEST_F(DeliverPlanTest, a_recipe_with_a_batch_needs_a_second_attempt) {
  write("batch.yaml",
        "request: { url: https://esp.example/ }\nbatch: { items_max: 20, results: all }\n");
  const auto planned = plan("  esp: { recipe: batch.yaml, retries: { attempts: 2 } }\n");
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->consumers.at(0).lanes.pace.at_once_step, 20U);
  EXPECT_EQ(planned->consumers.at(0).lanes.pace.at_once_max, 100U) << "it counts events";
  EXPECT_EQ(planned->consumers.at(0).lanes.pace.breaker_failures, 60U) << "of three requests";
  EXPECT_EQ(problems("  esp: { recipe: batch.yaml, retries: { attempts: 1 } }\n"),
            "ws.yaml:7:18: consumers.esp.retries.attempts must be 2 or more, for its recipe has a "
            "batch: what is refused together is tried again, each event alone\n");
}

TEST_F(DeliverPlanTest, two_consumers_do_not_write_into_one_folder) {
  EXPECT_EQ(problems("  esp: { file: { folder: out } }\n  crm: { file: { folder: ./out } }\n"),
            "ws.yaml:8:3: consumers.crm.file.folder is that of consumers.esp too: each needs one "
            "of its own\n");
}

TEST_F(DeliverPlanTest, a_missing_key_of_the_policy_is_a_problem_beside_the_others) {
  unsetenv("WAKESTREAM_AUDIENCES_KEY");
  const auto said = problems("  exp: { recipe: esp.yaml }\n");
  EXPECT_THAT(said, testing::HasSubstr("WAKESTREAM_AUDIENCES_KEY"));
  EXPECT_THAT(said, testing::HasSubstr("the policy has no such consumer (is it esp?)"));
}

TEST_F(DeliverPlanTest, check_says_what_both_roles_find_in_one_policy_once) {
  unsetenv("WAKESTREAM_AUDIENCES_KEY");
  write("ws.yaml", whole("  exp: { recipe: esp.yaml }\n", "publish: { consumer: esp }\n"));
  const auto facts = check::gather((folder_ / "ws.yaml").string(), std::chrono::milliseconds{100});
  EXPECT_EQ(facts.policy_problems.size(), 1U);
  ASSERT_EQ(facts.delivery_problems.size(), 1U);
  EXPECT_THAT(facts.delivery_problems[0].message, testing::HasSubstr("no such consumer"));
}

// The example's section, as it is when somebody takes the comment signs away.
TEST_F(DeliverPlanTest, the_example_delivers_to_every_consumer_of_its_policy) {
  setenv("WAKESTREAM_SOURCE_URL", "dbname=x", 1);
  setenv("LISTINGS_HOOK_SECRET", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", 1);
  for (const auto* name : {"ESP_CLIENT_SECRET", "CRM_TOKEN", "LOYALTY_KEY", "SMS_TOKEN", "PUSH_KEY",
                           "AUDIENCES_CLIENT_SECRET", "CONTACT_CENTRE_TOKEN"})
    setenv(name, "hunter2", 1);
  for (const auto* name : {"ESP_URL", "CRM_URL", "LOYALTY_URL", "SMS_URL", "PUSH_URL",
                           "AUDIENCES_URL", "CONTACT_CENTRE_URL", "LISTINGS_URL"})
    setenv(name, "https://receiver.example", 1);
  std::ifstream file(WAKESTREAM_SOURCE_DIR "/examples/wakestream.yaml");
  std::string text;
  bool in_section = false;
  for (std::string line; std::getline(file, line); text += line + "\n") {
    in_section = line == "# consumers:" || (in_section && !line.empty());
    if (in_section) line.erase(0, 2);
  }
  const auto config = parse_config(text + "policy: policy.yaml\n",
                                   WAKESTREAM_SOURCE_DIR "/examples/wakestream.yaml");
  ASSERT_TRUE(config) << to_string(config.error().front());
  const auto planned = plan_deliver(*config, *rules_of(*config));
  ASSERT_TRUE(planned) << to_string(planned.error().front());
  std::set<std::string> names;
  for (const auto& consumer : planned->consumers) names.insert(consumer.name);
  const auto& known = planned->asked.definition().consumer_names.names();
  EXPECT_THAT(names, testing::UnorderedElementsAreArray(known));
  EXPECT_EQ(names.size(), 8U);
}

}  // namespace
}  // namespace wakestream::app
