#include "log/kafka/scram_weakness.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

namespace wakestream::log::kafka {

namespace {

constexpr int first_right = 0x02060100;

}  // namespace

// The library that is loaded counts, not the one that this was built with.
std::string scram_weakness(std::string_view mechanism) {
  if (!mechanism.starts_with("SCRAM") || rd_kafka_version() >= first_right) return {};
  return fmt::format(
      "librdkafka {} cannot log in by SCRAM where the broker is Kafka 3.8.1 or later, though the "
      "password is right",
      rd_kafka_version_str());
}

}  // namespace wakestream::log::kafka
