// The event log's contract on Kafka: a real broker, one for all tests of this program.
#include "log/kafka/kafka_log.h"
#include "tests/contract/event_log_contract.h"
#include "tests/support/kafka_broker.h"

namespace wakestream::log::contract {
namespace {

test::KafkaBroker& broker() {
  // Records of the suite carry a timestamp of long ago, and Kafka's retention, which goes by it,
  // first looks after 30 s.
  static test::KafkaBroker the_broker({.settings = {"log.initial.task.delay.ms=3600000"}});
  return the_broker;
}

// Topics and writers have names of their own in each test, so that one stored log serves all.
class KafkaUnderTest final : public LogUnderTest {
 public:
  std::unique_ptr<EventLog> open() override {
    return take(kafka::open_kafka_log({.brokers = broker().address(), .pipeline = "contract"}));
  }
};

Backend kafka_backend() {
  Backend backend;
  backend.name = "Kafka";
  backend.fences_living_writer = true;
  backend.open_transaction_unsettles = true;
  backend.make = [] { return std::make_unique<KafkaUnderTest>(); };
  return backend;
}

INSTANTIATE_TEST_SUITE_P(Kafka, EventLogContract, testing::Values(kafka_backend()), backend_name);

}  // namespace
}  // namespace wakestream::log::contract
