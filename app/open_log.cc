#include "app/open_log.h"

#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_log.h"

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
