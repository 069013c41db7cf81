// The event log on a broker that wants TLS, passwords, certificates and rights; with the librdkafka
// that is loaded, Debian's or a current one.
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>

#include "tests/integration/kafka_log_fixture.h"

namespace wakestream::log::kafka {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;

const TopicSpec events{.name = "integration.events", .writer = "capture"};
constexpr const char* wrong_password = "not-the-password";

// One broker for all: nothing here hurts it.
class KafkaSecurityTest : public testing::Test {
 protected:
  static test::KafkaBroker& broker() {
    static test::KafkaBroker the_broker({.secure = true});
    return the_broker;
  }
  static KafkaOptions with_password(const std::string& mechanism, const std::string& user,
                                    const std::string& password) {
    auto options = options_for(broker().password_address());
    options.options = {{"security.protocol", "sasl_ssl"},
                       {"ssl.ca.location", broker().tls_file("ca.pem")},
                       {"sasl.mechanism", mechanism},
                       {"sasl.username", user},
                       {"sasl.password", password}};
    return options;
  }
  static KafkaOptions with_certificate() {
    auto options = options_for(broker().certificate_address());
    options.options = {{"security.protocol", "ssl"},
                       {"ssl.ca.location", broker().tls_file("ca.pem")},
                       {"ssl.certificate.location", broker().tls_file("admin.pem")},
                       {"ssl.key.location", broker().tls_file("admin.key")}};
    return options;
  }
  // A topic, a transaction and its reading: everything that a log does.
  static void expect_works(const KafkaOptions& options) {
    const auto log = open_log(options);
    take(log->ensure_topics({&events, 1}, true, 15s));
    const auto writer = take(log->open_writer(writer_options()));
    write(*writer, events.name, "over TLS");
    EXPECT_EQ(values_in(*log, events.name).back(), "over TLS");
  }
  static Error error_of_opening(const KafkaOptions& options, Milliseconds deadline) {
    const auto opened = open_log(options)->open_writer(writer_options(deadline));
    if (opened) return {ErrorKind::corrupt, "the writer was opened"};
    return opened.error();
  }
  static void expect_error(const Error& error, ErrorKind kind, const std::string& why) {
    EXPECT_EQ(error.kind, kind) << error.message;
    EXPECT_THAT(error.message, AllOf(HasSubstr(why), Not(HasSubstr(wrong_password))));
  }
};

bool is_old_library() { return rd_kafka_version() < 0x02060100; }

// The build says which library a run is for; a path that leads nowhere would be Debian's again.
TEST_F(KafkaSecurityTest, the_library_is_the_one_that_was_asked_for) {
  const char* wanted = std::getenv("WAKESTREAM_LIBRDKAFKA");
  if (wanted != nullptr) {
    EXPECT_STREQ(rd_kafka_version_str(), wanted);
  }
  std::printf("librdkafka %s\n", rd_kafka_version_str());
}

TEST_F(KafkaSecurityTest, a_password_over_tls) {
  expect_works(with_password("PLAIN", "admin", "adminpw"));
}

TEST_F(KafkaSecurityTest, a_certificate_instead_of_a_password) { expect_works(with_certificate()); }

TEST_F(KafkaSecurityTest, scram_works_where_the_library_can_and_is_named_where_it_cannot) {
  for (const std::string mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    const auto options = with_password(mechanism, "admin", "adminpw");
    EXPECT_EQ(library_weakness(options).empty(), !is_old_library());
    if (is_old_library()) {
      expect_error(error_of_opening(options, 15s), ErrorKind::denied,
                   "cannot log in by SCRAM where the broker is Kafka 3.8.1 or later");
    } else {
      expect_works(options);
    }
  }
}

TEST_F(KafkaSecurityTest, a_wrong_password_is_named_at_once) {
  for (const std::string mechanism : {"PLAIN", "SCRAM-SHA-512"}) {
    const auto options = with_password(mechanism, "admin", wrong_password);
    EXPECT_LT(time_of([&] {
                expect_error(error_of_opening(options, 15s), ErrorKind::denied, "uthentication");
              }),
              10s);
    const auto shape = open_log(options)->ensure_topics({&events, 1}, true, 15s);
    ASSERT_FALSE(shape);
    expect_error(shape.error(), ErrorKind::denied, "uthentication");
  }
}

TEST_F(KafkaSecurityTest, an_authority_that_is_not_known_is_named) {
  auto options = with_password("PLAIN", "admin", "adminpw");
  options.options["ssl.ca.location"] = broker().tls_file("stranger.pem");
  expect_error(error_of_opening(options, 2s), ErrorKind::untrusted, "certificate verify failed");
}

TEST_F(KafkaSecurityTest, a_certificate_for_another_host_is_named) {
  auto options = with_password("PLAIN", "admin", "adminpw");
  // The certificate is for localhost, and not for its address.
  options.brokers.replace(0, std::string{"localhost"}.size(), "127.0.0.1");
  expect_error(error_of_opening(options, 2s), ErrorKind::untrusted, "certificate verify failed");
}

TEST_F(KafkaSecurityTest, a_missing_certificate_of_ours_is_named) {
  auto options = with_certificate();
  options.options.erase("ssl.certificate.location");
  options.options.erase("ssl.key.location");
  const auto error = error_of_opening(options, 2s);
  EXPECT_THAT(error.message,
              AnyOf(HasSubstr("certificate required"), HasSubstr("bad certificate")));
}

TEST_F(KafkaSecurityTest, a_missing_right_is_named_at_once) {
  expect_works(with_password("PLAIN", "admin", "adminpw"));
  const auto log = open_log(with_password("PLAIN", "bob", "bobpw"));
  const auto expect_denied = [](const auto& result) {
    ASSERT_FALSE(result);
    expect_error(result.error(), ErrorKind::denied, "uthorization failed");
  };
  EXPECT_LT(time_of([&] {
              expect_denied(log->ensure_topics({&events, 1}, true, 15s));
              expect_denied(log->open_writer(writer_options()));
              expect_denied(log->open_reader(events.name, ReadFrom::earliest));
            }),
            10s);
}

}  // namespace
}  // namespace wakestream::log::kafka
