#include "log/kafka/client_conf.h"

#include <fmt/format.h>

#include <array>

namespace wakestream::log::kafka {

namespace {

struct Fixed {
  std::string_view name;
  std::string_view why;
};

constexpr std::string_view own_place = "has its own place in the configuration";
constexpr std::string_view exactly_once = "is what exactly-once hangs on";
constexpr std::string_view read_what_is_committed = "is what a reader's promise hangs on";

// With their other names: librdkafka takes either.
constexpr std::array fixed_options{
    Fixed{"bootstrap.servers", own_place},
    Fixed{"metadata.broker.list", own_place},
    Fixed{"transactional.id", exactly_once},
    Fixed{"enable.idempotence", exactly_once},
    Fixed{"acks", exactly_once},
    Fixed{"request.required.acks", exactly_once},
    Fixed{"message.max.bytes", "is set from the largest record that the log takes"},
    Fixed{"message.timeout.ms", "is the time limit of a transaction"},
    Fixed{"delivery.timeout.ms", "is the time limit of a transaction"},
    Fixed{"delivery.report.only.error",
          "would leave a commit without its count of delivered records"},
    Fixed{"allow.auto.create.topics", "would make topics with the wrong shape"},
    Fixed{"isolation.level", read_what_is_committed},
    Fixed{"auto.offset.reset", read_what_is_committed},
    Fixed{"enable.partition.eof", read_what_is_committed},
    Fixed{"check.crcs", read_what_is_committed},
    Fixed{"group.id", "is not used: readers join no group"},
    Fixed{"group.instance.id", "would be the same for all who share a consumer"},
    Fixed{"partition.assignment.strategy", "is what sharing a consumer hangs on"},
    Fixed{"test.mock.num.brokers", "would replace the log by a mock that keeps nothing"},
};

Result<void> set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  // librdkafka's own text is dropped, because it repeats the value, which may be a secret.
  char ignored[8];
  switch (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), ignored, sizeof(ignored))) {
    case RD_KAFKA_CONF_OK:
      return {};
    case RD_KAFKA_CONF_UNKNOWN:
      return tl::unexpected(Error{
          ErrorKind::bad_option,
          fmt::format("Kafka option {}: librdkafka {} does not know it, or was built without it",
                      name, rd_kafka_version_str())});
    case RD_KAFKA_CONF_INVALID:
      break;
  }
  return tl::unexpected(
      Error{ErrorKind::bad_option,
            fmt::format("Kafka option {}: librdkafka does not take this value", name)});
}

Result<void> set_all(rd_kafka_conf_t* conf, Settings settings) {
  for (const auto& [name, value] : settings) {
    if (auto done = set(conf, name, value); !done) return done;
  }
  return {};
}

}  // namespace

Result<ConfPtr> make_conf(const KafkaOptions& options, Settings defaults, Settings required) {
  for (const auto& fixed : fixed_options) {
    if (options.options.contains(std::string{fixed.name})) {
      return tl::unexpected(
          Error{ErrorKind::bad_option,
                fmt::format("Kafka option {} cannot be set: it {}", fixed.name, fixed.why)});
    }
  }
  ConfPtr conf{rd_kafka_conf_new()};
  const Settings common_defaults{
      {"client.id", "wakestream." + options.pipeline},
      // A transaction is a few small requests that wait for each other: Nagle would add his delay
      // to each.
      {"socket.nagle.disable", "true"},
      {"socket.keepalive.enable", "true"},
      // The defaults (10 s and 30 s) would leave the log idle for seconds after the broker is back.
      {"reconnect.backoff.max.ms", "1000"},
      {"socket.connection.setup.timeout.ms", "5000"},
      {"log.connection.close", "false"},
  };
  const Settings common_required{
      {"bootstrap.servers", options.brokers},
      {"allow.auto.create.topics", "false"},
  };
  auto done = set_all(conf.get(), common_defaults);
  if (done) done = set_all(conf.get(), defaults);
  for (const auto& [name, value] : options.options) {
    if (done) done = set(conf.get(), name, value);
  }
  if (done) done = set_all(conf.get(), common_required);
  if (done) done = set_all(conf.get(), required);
  if (!done) return tl::unexpected(done.error());
  return conf;
}

}  // namespace wakestream::log::kafka
