// SCRAM in librdkafka before 2.6.1 sends its nonce twice, which brokers take up to Kafka 3.8.0 and
// refuse since (librdkafka, pull request 4895). The broker says "invalid credentials", as if the
// password were wrong.
#pragma once

#include <string>
#include <string_view>

namespace wakestream::log::kafka {

// What is wrong with logging in by this sasl.mechanism with the library that is loaded, as a
// sentence; empty when nothing is.
std::string scram_weakness(std::string_view mechanism);

}  // namespace wakestream::log::kafka
