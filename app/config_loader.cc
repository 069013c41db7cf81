#include "app/config_loader.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/consumers_section.h"
#include "app/context_section.h"
#include "app/keys_section.h"
#include "app/publish_section.h"
#include "yaml/section.h"

namespace wakestream::app {

using yaml::Problems;
using yaml::YamlSection;

std::string beside(const std::string& file, const std::string& path) {
  if (path.empty()) return path;
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

namespace {

// What a Kafka topic's name may hold, and short enough that "wakestream.<pipeline>.checkpoint"
// stays one.
bool is_pipeline_name(const std::string& name) {
  return !name.empty() && name.size() <= 100 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

// Source: PostgreSQL documentation, "Replication Slots": lower-case letters, numbers and the
// underscore.
bool is_slot_name(const std::string& name) {
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

SourceConfig read_source(const YAML::Node& node, Problems& problems) {
  YamlSection section(node, "source", problems);
  SourceConfig source;
  const auto url = section.node("url");
  if (url.IsDefined() && url.IsScalar()) source.url_as_written = Secret(url.Scalar());
  source.url = Secret(section.text("url"));
  source.slot_name = section.text("slot_name", source.slot_name);
  if (!is_slot_name(source.slot_name)) {
    problems.add(section.mark("slot_name"),
                 "source.slot_name must be 1 to 63 lower-case letters, digits and underscores");
  }
  const auto slot = section.text("slot", "create");
  if (slot != "create" && slot != "existing")
    problems.add(section.mark("slot"), "source.slot must be create or existing", "create");
  source.slot_existing = slot == "existing";
  source.failover = section.boolean("failover", source.failover);
  source.publication = section.text("publication", source.publication);
  source.row_bytes_max =
      section.size("row_bytes_max", source.row_bytes_max, 1U << 10U, 256U << 20U);
  section.finish();
  return source;
}

void read_retention(const YAML::Node& node, EmbeddedLogConfig& embedded, Problems& problems) {
  YamlSection section(node, "log.embedded.retention", problems);
  embedded.retention_age =
      section.duration("age", std::chrono::minutes{1}, std::chrono::days{36'500});
  embedded.retention_bytes = section.size("size", 0, 1U << 20U, std::uint64_t{1} << 50U);
  section.finish();
}

EmbeddedLogConfig read_embedded(const YAML::Node& node, Problems& problems) {
  YamlSection section(node, "log.embedded", problems);
  EmbeddedLogConfig embedded;
  embedded.path = beside(problems.file(), section.text("path"));
  embedded.event_partitions = static_cast<std::int32_t>(
      section.count("event_partitions", embedded.event_partitions, 1, 1'000));
  const auto retention = section.node("retention");
  if (retention.IsDefined()) read_retention(retention, embedded, problems);
  section.finish();
  return embedded;
}

KafkaLogConfig read_kafka(const YAML::Node& node, Problems& problems) {
  YamlSection section(node, "log.kafka", problems);
  KafkaLogConfig kafka;
  kafka.brokers = section.text("brokers");
  kafka.event_partitions = static_cast<std::int32_t>(
      section.count("event_partitions", kafka.event_partitions, 1, 1'000));
  kafka.create_topics = section.boolean("create_topics", kafka.create_topics);
  const auto options = section.node("options");
  if (options.IsDefined() && !options.IsMap())
    problems.add(options.Mark(), "log.kafka.options must be a mapping of librdkafka's settings");
  if (options.IsDefined() && options.IsMap()) {
    for (const auto& entry : options) {
      if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
        problems.add(
            entry.first.Mark(),
            "log.kafka.options must be a mapping of librdkafka's settings to plain values");
        continue;
      }
      const auto& name = entry.first.Scalar();
      if (!kafka.options
               .emplace(name, Secret(section.expand(entry.second, "log.kafka.options." + name)))
               .second) {
        problems.add(entry.first.Mark(), fmt::format("log.kafka.options.{} is given twice", name));
      }
    }
  }
  section.finish();
  return kafka;
}

std::variant<EmbeddedLogConfig, KafkaLogConfig> read_log(const YAML::Node& node,
                                                         Problems& problems) {
  YamlSection section(node, "log", problems);
  const auto embedded = section.node("embedded");
  const auto kafka = section.node("kafka");
  section.finish();
  if (!node.IsMap()) return {};
  if (embedded.IsDefined() == kafka.IsDefined()) {
    problems.add(node.Mark(), "log must have exactly one of embedded and kafka");
    return {};
  }
  if (kafka.IsDefined()) return read_kafka(kafka, problems);
  return read_embedded(embedded, problems);
}

SnapshotConfig read_snapshot(const YAML::Node& node, Problems& problems) {
  YamlSection section(node, "snapshot", problems);
  SnapshotConfig snapshot;
  snapshot.initial = section.boolean("initial", snapshot.initial);
  snapshot.rows_per_s_max =
      section.count("rows_per_s_max", snapshot.rows_per_s_max, 1, 100'000'000);
  section.finish();
  return snapshot;
}

BulkConfig read_bulk(const YAML::Node& node, Problems& problems) {
  YamlSection section(node, "bulk", problems);
  BulkConfig bulk;
  const bool by_origin = section.has("origins");
  const bool by_message = section.has("message_prefix");
  if (by_origin) bulk.origins = section.texts("origins");
  if (by_message) bulk.message_prefix = section.text("message_prefix");
  section.finish();
  if (node.IsMap() && !by_origin && !by_message)
    problems.add(node.Mark(), "bulk must have origins, message_prefix or both");
  return bulk;
}

MetricsConfig read_metrics(const YAML::Node& node, Problems& problems) {
  YamlSection section(node, "metrics", problems);
  MetricsConfig metrics;
  const auto listen = section.text("listen");
  if (section.has("listen")) metrics.listen = parse_listen_address(listen);
  if (section.has("listen") && !metrics.listen) {
    problems.add(section.mark("listen"),
                 "metrics.listen must be a port, which this machine alone can reach, or "
                 "address:port");
  }
  section.finish();
  return metrics;
}

Config read_root(const YAML::Node& root, std::string_view text, Problems& problems) {
  YamlSection section(root, "", problems);
  Config config;
  if (!root.IsMap()) return config;
  config.pipeline = section.text("pipeline");
  if (!config.pipeline.empty() && !is_pipeline_name(config.pipeline)) {
    problems.add(section.mark("pipeline"),
                 "pipeline must be 1 to 100 letters, digits, dots, underscores and hyphens: topics "
                 "are named after it");
  }
  const auto source = section.node("source");
  const auto log = section.node("log");
  if (source.IsDefined()) config.source = read_source(source, problems);
  if (!source.IsDefined())
    problems.add(root.Mark(), "source is missing: it says which database, in source.url");
  if (log.IsDefined()) config.log = read_log(log, problems);
  if (!log.IsDefined()) problems.add(root.Mark(), "log is missing: it has embedded or kafka");
  for (const auto& path : section.texts("rules"))
    config.rules.push_back(beside(problems.file(), path));
  const auto context = section.node("context");
  if (context.IsDefined()) config.context = read_context(context, config, text, problems);
  config.keys = read_keys(section.node("keys"), config, root.Mark(), problems);
  const auto snapshot = section.node("snapshot");
  if (snapshot.IsDefined()) config.snapshot = read_snapshot(snapshot, problems);
  const auto bulk = section.node("bulk");
  if (bulk.IsDefined()) config.bulk = read_bulk(bulk, problems);
  const auto metrics = section.node("metrics");
  if (metrics.IsDefined()) config.metrics = read_metrics(metrics, problems);
  config.policy = beside(problems.file(), section.text("policy", ""));
  const auto publish = section.node("publish");
  if (publish.IsDefined()) config.publish = read_publish(publish, config, problems);
  const auto consumers = section.node("consumers");
  if (consumers.IsDefined()) config.consumers = read_consumers(consumers, config, text, problems);
  section.finish();
  return config;
}

}  // namespace

std::string to_string(const ConfigProblem& problem) {
  if (problem.line == 0) return fmt::format("{}: {}", problem.file, problem.message);
  return fmt::format("{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.message);
}

ConfigResult parse_config(std::string_view text, const std::string& name) {
  Problems problems(name, text);
  Config config;
  // yaml-cpp reports syntax errors by exceptions; they end here.
  try {
    const auto root = YAML::Load(std::string(text));
    config = read_root(root, text, problems);
    config.path = name;
  } catch (const YAML::Exception& error) {
    problems.add_syntax_error(error);
  }
  if (!problems.none()) return tl::make_unexpected(problems.take());
  return config;
}

Secret source_url_now(const Config& config) {
  Problems problems(config.path, {});
  YAML::Node source(YAML::NodeType::Map);
  source["url"] = config.source.url_as_written.reveal();
  YamlSection section(source, "source", problems);
  Secret now(section.text("url"));
  return problems.none() ? now : config.source.url;
}

ConfigResult load_config(const std::string& path) {
  std::ifstream file(path);
  std::stringstream content;
  if (!file || !(content << file.rdbuf())) {
    return tl::make_unexpected(std::vector<ConfigProblem>{
        {path, 0, 0, "the file cannot be read; name another with --config"}});
  }
  return parse_config(content.str(), path);
}

}  // namespace wakestream::app
