#include "app/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "roles/deliver/lanes.h"

namespace wakestream::app {
namespace {

constexpr const char* whole = R"(pipeline: demo
source:
  url: ${env:WAKESTREAM_TEST_URL}
  slot_name: ws
  slot: existing
  publication: pub
  row_bytes_max: 64KiB
log:
  kafka:
    brokers: "b:9092"
    event_partitions: 8
    create_topics: false
    options: { sasl.password: "${env:WAKESTREAM_TEST_URL}" }
rules: [rules/customer.sql, /abs.sql]
snapshot: { initial: true, rows_per_s_max: 5000 }
bulk: { origins: [backfill], message_prefix: wakestream.bulk }
)";

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override { setenv("WAKESTREAM_TEST_URL", "postgresql://u:hunter2@h/d", 1); }

  static Config load(const std::string& text) {
    auto config = parse_config(text, "/etc/ws/wakestream.yaml");
    if (config) return *config;
    for (const auto& problem : config.error()) ADD_FAILURE() << to_string(problem);
    return {};
  }
  static std::string problems(const std::string& text) {
    const auto config = parse_config(text, "ws.yaml");
    std::string all;
    if (config) return "no problem";
    for (const auto& problem : config.error()) all += to_string(problem) + "\n";
    return all;
  }
  // A file that is right, with one line put in the place of another.
  static std::string with(const std::string& line, const std::string& instead) {
    std::string text =
        "pipeline: demo\nsource:\n  url: dbname=x\n  slot: create\nlog:\n  embedded:\n    path: "
        "./log\nrules: [r.sql]\n";
    text.replace(text.find(line), line.size(), instead);
    return problems(text);
  }
};

TEST_F(ConfigTest, reads_everything) {
  const auto config = load(whole);
  EXPECT_EQ(config.pipeline, "demo");
  EXPECT_EQ(config.source.url.reveal(), "postgresql://u:hunter2@h/d");
  EXPECT_EQ(config.source.slot_name, "ws");
  EXPECT_TRUE(config.source.slot_existing);
  EXPECT_EQ(config.source.row_bytes_max, 65'536U);
  const auto& kafka = std::get<KafkaLogConfig>(config.log);
  EXPECT_EQ(kafka.brokers, "b:9092");
  EXPECT_EQ(kafka.event_partitions, 8);
  EXPECT_FALSE(kafka.create_topics);
  EXPECT_EQ(kafka.options.at("sasl.password").reveal(), "postgresql://u:hunter2@h/d");
  EXPECT_EQ(config.bulk.origins, std::vector<std::string>{"backfill"});
  EXPECT_EQ(config.bulk.message_prefix, "wakestream.bulk");
  EXPECT_TRUE(config.snapshot.initial);
  EXPECT_EQ(config.snapshot.rows_per_s_max, 5'000);
  EXPECT_THAT(config.rules, testing::ElementsAre("/etc/ws/rules/customer.sql", "/abs.sql"));
}

TEST_F(ConfigTest, has_defaults) {
  const auto config =
      load("pipeline: demo\nsource: {url: x}\nlog: {embedded: {path: ./log}}\nrules: [r.sql]\n");
  EXPECT_EQ(config.source.slot_name, "wakestream");
  EXPECT_FALSE(config.source.slot_existing);
  EXPECT_EQ(config.source.row_bytes_max, 1U << 20U);
  EXPECT_FALSE(config.snapshot.initial);
  EXPECT_EQ(config.snapshot.rows_per_s_max, 0);
  EXPECT_EQ(std::get<EmbeddedLogConfig>(config.log).path, "/etc/ws/log");
  EXPECT_EQ(std::get<EmbeddedLogConfig>(config.log).event_partitions, 1);
}

TEST_F(ConfigTest, a_file_reference_is_its_content_without_the_last_newline) {
  const auto folder = std::filesystem::temp_directory_path() / "wakestream-config-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "url") << "dbname=x password=p\n";
  const auto config = parse_config(
      "pipeline: d\nsource: {url: \"${file:url}\"}\nlog: {embedded: {path: l}}\nrules: [r.sql]\n",
      (folder / "ws.yaml").string());
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->source.url.reveal(), "dbname=x password=p");
  std::ofstream(folder / "url") << "dbname=x password=q\n";
  EXPECT_EQ(source_url_now(*config).reveal(), "dbname=x password=q");
  std::filesystem::remove_all(folder);
  EXPECT_EQ(source_url_now(*config).reveal(), "dbname=x password=p") << "it cannot be read now";
}

// ---- What is wrong, and where ----

TEST_F(ConfigTest, an_unknown_key_names_the_nearest) {
  EXPECT_EQ(with("  slot: create", "  slot_nam: create"),
            "ws.yaml:4:3: source.slot_nam is not known; did you mean slot_name?\n");
  EXPECT_EQ(with("rules: [r.sql]", "rules: [r.sql]\nzzzzzzzzz: 1"),
            "ws.yaml:9:1: zzzzzzzzz is not known; known here: bulk, consumers, context, keys, "
            "log, metrics, pipeline, policy, publish, rules, snapshot, source\n");
}

TEST_F(ConfigTest, a_missing_key_is_named) {
  EXPECT_EQ(with("pipeline: demo\n", ""), "ws.yaml:1:1: pipeline is missing\n");
  EXPECT_EQ(with("  url: dbname=x\n", ""), "ws.yaml:3:3: source.url is missing\n");
  EXPECT_EQ(with("rules: [r.sql]", ""), "ws.yaml:1:1: rules is missing\n");
}

TEST_F(ConfigTest, a_wrong_type_or_value_is_named) {
  EXPECT_EQ(with("url: dbname=x", "url: [a]"), "ws.yaml:3:8: source.url must be a text\n");
  EXPECT_EQ(with("slot: create", "slot: new"),
            "ws.yaml:4:9: source.slot must be create or existing\n");
  EXPECT_EQ(with("slot: create", "slot_name: Big"),
            "ws.yaml:4:14: source.slot_name must be 1 to 63 lower-case letters, digits and "
            "underscores\n");
  EXPECT_EQ(with("slot: create", "row_bytes_max: 5TB"),
            "ws.yaml:4:18: source.row_bytes_max must be a size from 1024 bytes to 268435456 bytes, "
            "such as 64KiB or 1MiB\n");
  EXPECT_EQ(with("rules: [r.sql]", "rules: r.sql"),
            "ws.yaml:8:8: rules must be a list of texts with at least one entry\n");
  EXPECT_EQ(with("path: ./log", "path: ./log\n    event_partitions: 0"),
            "ws.yaml:8:23: log.embedded.event_partitions must be a whole number from 1 to 1000\n");
  EXPECT_EQ(with("  embedded:\n    path: ./log", "  kafka: {brokers: b, create_topics: maybe}"),
            "ws.yaml:6:38: log.kafka.create_topics must be true or false\n");
  EXPECT_EQ(with("source:\n  url: dbname=x\n  slot: create", "source: 7"),
            "ws.yaml:2:9: source must be a mapping of keys to values\n");
  EXPECT_EQ(with("pipeline: demo", "pipeline: a/b"),
            "ws.yaml:1:11: pipeline must be 1 to 100 letters, digits, dots, underscores and "
            "hyphens: topics are named after it\n");
}

TEST_F(ConfigTest, an_embedded_log_keeps_everything_unless_it_says_otherwise) {
  const auto embedded = [](const std::string& more) {
    return std::get<EmbeddedLogConfig>(
        load("pipeline: demo\nsource:\n  url: dbname=x\nlog:\n  embedded:\n    path: ./log\n" +
             more + "rules: [r.sql]\n")
            .log);
  };
  EXPECT_FALSE(embedded("").retention_age);
  EXPECT_EQ(embedded("").retention_bytes, 0u);
  const auto both = embedded("    retention: { age: 7d, size: 10GiB }\n");
  EXPECT_EQ(both.retention_age, std::chrono::hours{168});
  EXPECT_EQ(both.retention_bytes, 10ULL << 30U);
  for (const auto* age : {"7", "d", "-1d", "30s", "1w", "99999999d", "1.5h"}) {
    EXPECT_EQ(with("path: ./log", "path: ./log\n    retention: { age: " + std::string(age) + " }"),
              "ws.yaml:8:23: log.embedded.retention.age must be a time from 60 s to 36500 days, "
              "such as 36h or 7d\n")
        << age;
  }
}

TEST_F(ConfigTest, metrics_are_served_where_it_says) {
  EXPECT_EQ(with("rules: [r.sql]", "rules: [r.sql]\nmetrics: { listen: 9464 }"), "no problem");
  EXPECT_EQ(with("rules: [r.sql]", "rules: [r.sql]\nmetrics: { listen: all }"),
            "ws.yaml:9:20: metrics.listen must be a port, which this machine alone can reach, or "
            "address:port\n");
  EXPECT_EQ(with("rules: [r.sql]", "rules: [r.sql]\nmetrics: {}"),
            "ws.yaml:9:10: metrics.listen is missing\n");
}

TEST_F(ConfigTest, a_consumer_is_read_with_its_places) {
  const auto config = load(
      "pipeline: demo\nsource: {url: x}\nlog: {embedded: {path: ./log}}\nrules: [r.sql]\n"
      "policy: p.yaml\nconsumers:\n"
      "  esp:\n    recipe: recipes/esp.yaml\n    events: [customer.created, customer.x]\n"
      "    banners: [banner-a]\n    rate_per_s: 200\n    burst: 400\n"
      "    retries: {attempts: 3, first_pause: 2s, longest_pause: 1h}\n"
      "    exhausted: {customer.x: supersede, customer.y: skip}\n"
      "    bulk: slow\n    bulk_rate_per_s: 50\n"
      "  archive:\n    file: {folder: out, rotate_bytes: 1MiB, rotate_after: 5m}\n");
  ASSERT_EQ(config.consumers.size(), 2U);
  const auto& esp = config.consumers[0];
  EXPECT_EQ(esp.name.name, "esp");
  EXPECT_EQ(esp.name.place.line, 7);
  EXPECT_EQ(esp.name.place.column, 3);
  EXPECT_EQ(std::get<PlacedName>(esp.reached_by).name, "/etc/ws/recipes/esp.yaml");
  ASSERT_EQ(esp.events.size(), 2U);
  EXPECT_EQ(esp.events[1].name, "customer.x");
  EXPECT_EQ(esp.events[1].place.column, 32);
  EXPECT_EQ(esp.banners.at(0).name, "banner-a");
  EXPECT_EQ(esp.rate_per_s, 200);
  EXPECT_EQ(esp.burst, 400);
  EXPECT_EQ(esp.attempts, 3U);
  EXPECT_EQ(esp.first_pause, std::chrono::seconds{2});
  EXPECT_EQ(esp.longest_pause, std::chrono::hours{1});
  ASSERT_EQ(esp.exhausted.size(), 2U);
  EXPECT_EQ(esp.exhausted[0].then, deliver::WhenExhausted::supersede);
  EXPECT_EQ(esp.exhausted[1].event.name, "customer.y");
  EXPECT_EQ(esp.exhausted[1].then, deliver::WhenExhausted::skip);
  EXPECT_EQ(esp.bulk.treatment, deliver::BulkTreatment::slow);
  EXPECT_EQ(esp.bulk.rate_per_s, 50);
  EXPECT_EQ(config.consumers[1].bulk.treatment, deliver::BulkTreatment::slow) << "the default";
  EXPECT_EQ(config.consumers[1].bulk.rate_per_s, 0);
  const auto& file = std::get<emitters::FileSettings>(config.consumers[1].reached_by);
  EXPECT_EQ(file.folder, "/etc/ws/out");
  EXPECT_EQ(file.rotate_bytes, 1U << 20U);
  EXPECT_EQ(file.rotate_after, std::chrono::minutes{5});
  EXPECT_EQ(config.consumers[1].attempts, 10U);
}

TEST_F(ConfigTest, exactly_one_log) {
  EXPECT_EQ(with("  embedded:\n    path: ./log", "  embedded: {path: l}\n  kafka: {brokers: b}"),
            "ws.yaml:6:3: log must have exactly one of embedded and kafka\n");
  EXPECT_EQ(with("  embedded:\n    path: ./log", "  other: 1"),
            "ws.yaml:6:3: log.other is not known; known here: embedded, kafka\nws.yaml:6:3: log "
            "must have exactly one of embedded and kafka\n");
}

TEST_F(ConfigTest, a_key_given_twice_is_refused) {
  EXPECT_EQ(with("  slot: create", "  url: dbname=y"), "ws.yaml:4:3: source.url is given twice\n");
}

TEST_F(ConfigTest, a_reference_that_cannot_be_resolved_is_named_and_nothing_else_is_shown) {
  EXPECT_EQ(with("dbname=x", "password=hunter2${env:WAKESTREAM_NOT_SET}"),
            "ws.yaml:3:8: source.url: the environment variable WAKESTREAM_NOT_SET is not set: set "
            "it before the start\n");
  EXPECT_EQ(with("dbname=x", "${file:/no/such/file}"),
            "ws.yaml:3:8: source.url: the file /no/such/file cannot be read\n");
  EXPECT_EQ(with("dbname=x", "${hunter2}"),
            "ws.yaml:3:8: source.url: a reference is ${env:NAME} or ${file:PATH}\n");
  EXPECT_EQ(with("dbname=x", "${env:X"),
            "ws.yaml:3:8: source.url: a reference is ${env:NAME} or ${file:PATH}\n");
}

TEST_F(ConfigTest, all_problems_come_at_once) {
  EXPECT_EQ(problems("pipelin: a\nsource: {}\n"),
            "ws.yaml:1:1: pipeline is missing\nws.yaml:2:9: source.url is missing\nws.yaml:1:1: "
            "log is missing: it has embedded or kafka\nws.yaml:1:1: rules is missing\n"
            "ws.yaml:1:1: pipelin is not known; did you mean pipeline?\n");
}

TEST_F(ConfigTest, what_is_not_yaml_says_where) {
  EXPECT_THAT(problems("pipeline: [a\n"), testing::HasSubstr("the file is not YAML"));
  EXPECT_EQ(problems("- a\n"), "ws.yaml:1:1: the file must be a mapping of keys to values\n");
  EXPECT_THAT(to_string(load_config("/no/such/file.yaml").error().at(0)),
              testing::HasSubstr("cannot be read"));
}

TEST_F(ConfigTest, a_secret_is_never_shown) {
  std::ostringstream out;
  out << Secret("hunter2");
  EXPECT_EQ(out.str(), "***");
}

}  // namespace
}  // namespace wakestream::app
