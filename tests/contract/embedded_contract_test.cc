// The embedded log keeps the contract.
#include "log/embedded/embedded_log.h"
#include "tests/contract/event_log_contract.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::log::contract {

namespace {

class EmbeddedUnderTest : public LogUnderTest {
 public:
  std::unique_ptr<EventLog> open() override {
    embedded::EmbeddedOptions options;
    // Not there yet: making it is a part of making the first topic.
    options.path = folder_.path() + "/log";
    return take(embedded::open_embedded_log(options));
  }

 private:
  TemporaryFolder folder_;
};

Backend embedded_backend() {
  Backend backend;
  backend.name = "sqlite";
  backend.fences_living_writer = false;
  backend.open_transaction_unsettles = false;
  backend.make = [] { return std::make_unique<EmbeddedUnderTest>(); };
  return backend;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Embedded, EventLogContract, testing::Values(embedded_backend()),
                         backend_name);

}  // namespace wakestream::log::contract
