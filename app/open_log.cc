#include "app/open_log.h"

#include <filesystem>
#include <system_error>

#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_log.h"
#include "roles/capture/topics.h"

namespace wakestream::app {

namespace {

log::kafka::KafkaOptions kafka_options(const Config& config, const KafkaLogConfig& kafka) {
  log::kafka::KafkaOptions options;
  options.brokers = kafka.brokers;
  options.pipeline = config.pipeline;
  for (const auto& [name, value] : kafka.options) options.options[name] = value.reveal();
  return options;
}

log::embedded::EmbeddedOptions embedded_options(const EmbeddedLogConfig& embedded) {
  log::embedded::EmbeddedOptions options;
  options.path = embedded.path;
  return options;
}

}  // namespace

log::Result<std::unique_ptr<log::EventLog>> open_log(const Config& config) {
  if (const auto* kafka = std::get_if<KafkaLogConfig>(&config.log))
    return log::kafka::open_kafka_log(kafka_options(config, *kafka));
  return log::embedded::open_embedded_log(
      embedded_options(std::get<EmbeddedLogConfig>(config.log)));
}

log::Result<std::unique_ptr<log::EventLog>> open_log_with_retention(
    const Config& config, std::function<void(const log::embedded::RetentionReport&)> tell) {
  const auto* embedded = std::get_if<EmbeddedLogConfig>(&config.log);
  if (embedded == nullptr) return open_log(config);
  auto options = embedded_options(*embedded);
  const capture::Topics topics(config.pipeline);
  options.retention = {embedded->retention_age,
                       static_cast<std::int64_t>(embedded->retention_bytes),
                       {topics.events, topics.quarantine},
                       std::move(tell)};
  return log::embedded::open_embedded_log(options);
}

log::Result<std::unique_ptr<log::EventLog>> open_public_log(
    const Config& config, const std::vector<std::string>& topics,
    std::function<void(const log::embedded::RetentionReport&)> tell) {
  const auto* embedded = std::get_if<EmbeddedLogConfig>(&config.log);
  if (embedded == nullptr) return open_log(config);
  auto options = embedded_options(*embedded);
  options.retention = {config.publish->retention, 0, topics, std::move(tell)};
  return log::embedded::open_embedded_log(options);
}

std::optional<std::int64_t> log_bytes(const Config& config) {
  const auto* embedded = std::get_if<EmbeddedLogConfig>(&config.log);
  if (embedded == nullptr) return std::nullopt;
  std::error_code failed;
  std::int64_t bytes = 0;
  for (std::filesystem::directory_iterator at(embedded->path, failed), end; !failed && at != end;
       at.increment(failed)) {
    std::error_code gone;
    if (const auto size = at->file_size(gone); !gone) bytes += static_cast<std::int64_t>(size);
  }
  if (failed) return std::nullopt;
  return bytes;
}

std::string library_weakness(const Config& config) {
  const auto* kafka = std::get_if<KafkaLogConfig>(&config.log);
  return kafka == nullptr ? "" : log::kafka::library_weakness(kafka_options(config, *kafka));
}

std::int32_t event_partitions(const Config& config) {
  return std::visit([](const auto& log) { return log.event_partitions; }, config.log);
}

bool may_create_topics(const Config& config) {
  const auto* kafka = std::get_if<KafkaLogConfig>(&config.log);
  return kafka == nullptr || kafka->create_topics;
}

std::size_t record_bytes_max(const Config& config) {
  if (const auto* kafka = std::get_if<KafkaLogConfig>(&config.log)) {
    return static_cast<std::size_t>(kafka_options(config, *kafka).record_bytes_max);
  }
  return static_cast<std::size_t>(
      embedded_options(std::get<EmbeddedLogConfig>(config.log)).record_bytes_max);
}

}  // namespace wakestream::app
