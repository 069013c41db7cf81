// The accounting of disclosures, of receipts in a real embedded log and a key in a real folder.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/audit/audit_command.h"
#include "app/audit/disclosure_text.h"
#include "app/audit/receipts_of.h"
#include "app/commands.h"
#include "keys/folder_store.h"
#include "log/embedded/embedded_log.h"
#include "roles/deliver/topics.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::audit {
namespace {

using app::AuditOptions;
using app::Config;
using deliver::Receipt;
using deliver::ReceiptKind;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t new_year_ms = 1'767'225'600'000;  // 2026-01-01T00:00:00Z

class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    config_.pipeline = "shop";
    config_.log = app::EmbeddedLogConfig{.path = folder_.path() + "/log"};
    config_.keys.folder = folder_.path() + "/keys";
    for (const auto* name : {"esp", "crm"}) config_.consumers.emplace_back().name.name = name;
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/log";
    log_ = std::move(*log::embedded::open_embedded_log(options));
  }

  keys::Key key() {
    return *keys::FolderStore(config_.keys.folder)
                .get(deliver::receipt_key_name(config_.pipeline), keys::WhenMissing::make);
  }

  // Of the event with this number, an hour after the one before it.
  Receipt receipt(ReceiptKind kind, int event, std::uint32_t attempt = 1) {
    const auto made_with = key();
    Receipt receipt;
    receipt.kind = kind;
    receipt.event_id = fmt::format("id-{}", event);
    receipt.type = "customer.email_changed";
    receipt.subject = made_with.pseudonym("4711");
    receipt.key_id = made_with.id();
    receipt.consumer = "esp";
    receipt.at_ms = new_year_ms + event * 3'600'000;
    receipt.attempt = attempt;
    receipt.sequence = receipt.event_id;
    receipt.purpose = "email_marketing";
    receipt.legal_basis = "consent";
    receipt.disclosed = {{"email", "pass", "esp-gets-email"}, {"account_id", "hmac", "ids"}};
    receipt.held_back = {{"previous_email", "drop", "not authorized"}};
    return receipt;
  }
  Receipt outcome(int event, const std::string& fate, int status, std::uint32_t attempt = 1) {
    auto outcome = receipt(ReceiptKind::outcome, event, attempt);
    outcome.fate = fate;
    outcome.status = status;
    return outcome;
  }
  Receipt withheld(int event) {
    auto withheld = receipt(ReceiptKind::withheld, event, 0);
    withheld.disclosed.clear();
    withheld.held_back = {{"email", "drop", "no consent"}, {"phone", "drop", "not authorized"}};
    withheld.fate = "withheld";
    return withheld;
  }

  void write(const std::vector<Receipt>& receipts, const std::string& consumer = "esp") {
    const deliver::Topics topics(config_.pipeline, consumer);
    ASSERT_TRUE(log_->ensure_topics(topics.specs(1), true, log::Milliseconds{5'000}));
    log::WriterOptions options;
    options.name = topics.writer;
    auto writer = std::move(*log_->open_writer(options));
    ASSERT_TRUE(writer->begin());
    for (const auto& receipt : receipts) {
      const auto value = deliver::encode_receipt(receipt);
      log::Record record;
      record.topic = topics.receipts;
      record.key = receipt.subject;
      record.value = value;
      ASSERT_TRUE(writer->produce(record));
    }
    ASSERT_TRUE(writer->commit({}));
  }

  // What the command prints, with its exit code in front.
  std::string audit(AuditOptions options = {}) {
    if (options.account.empty()) options.account = "4711";
    if (options.since.empty()) options.since = "2026-01-01";
    app::Logger logger(app::LogFormat::json);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto code = app::audit_command(config_, options, logger);
    const auto printed = testing::internal::GetCapturedStdout();
    said_ = testing::internal::GetCapturedStderr();
    return fmt::format("{}\n{}", code, printed);
  }

  log::contract::TemporaryFolder folder_;
  Config config_;
  std::unique_ptr<log::EventLog> log_;
  std::string said_;
};

TEST_F(AuditTest, says_when_to_whom_what_and_why_and_what_came_of_it) {
  write({receipt(ReceiptKind::intent, 1), outcome(1, "failed", 503),
         receipt(ReceiptKind::intent, 2, 2), outcome(2, "delivered", 200, 2)});
  EXPECT_EQ(audit(),
            "0\n"
            "when                  consumer  event                   purpose          legal basis  "
            "fields disclosed          outcome\n"
            "2026-01-01T01:00:00Z  esp       customer.email_changed  email_marketing  consent      "
            "email, account_id (hmac)  failed (503)\n"
            "2026-01-01T02:00:00Z  esp       customer.email_changed  email_marketing  consent      "
            "email, account_id (hmac)  delivered (200)\n");
  EXPECT_THAT(said_, HasSubstr("nothing was delivered to crm yet"));
}

TEST_F(AuditTest, of_an_attempt_without_an_outcome_nobody_knows_whether_it_arrived) {
  // The program ended between; the next one made the same attempt again.
  write({receipt(ReceiptKind::intent, 1), receipt(ReceiptKind::intent, 1),
         outcome(1, "delivered", 200)});
  EXPECT_THAT(audit(), testing::ContainsRegex("outcome unknown\n.*delivered \\(200\\)\n"));
}

TEST_F(AuditTest, an_outcome_without_an_attempt_is_no_disclosure) {
  write({outcome(1, "superseded", 0, 0)});
  EXPECT_EQ(audit(), "0\nnothing was disclosed, and nothing withheld, since then\n");
}

TEST_F(AuditTest, what_was_withheld_is_one_line_a_reason) {
  write({withheld(1), withheld(2), withheld(3)});
  EXPECT_EQ(audit(),
            "0\n"
            "withheld from esp: 3 of customer.email_changed, 2026-01-01T01:00:00Z to "
            "2026-01-01T03:00:00Z: no consent, not authorized\n");
}

TEST_F(AuditTest, is_of_one_member_since_then_and_of_every_consumer) {
  auto of_another = receipt(ReceiptKind::intent, 1);
  of_another.subject = key().pseudonym("4712");
  auto to_crm = receipt(ReceiptKind::intent, 4);
  to_crm.consumer = "crm";
  write({of_another, receipt(ReceiptKind::intent, 1), outcome(1, "delivered", 200),
         receipt(ReceiptKind::intent, 5), outcome(5, "delivered", 201)});
  write({to_crm}, "crm");
  AuditOptions options;
  options.since = "2026-01-01T02:00:00Z";
  EXPECT_THAT(audit(options),
              AllOf(Not(HasSubstr("T01:00:00Z")), testing::ContainsRegex("crm .*unknown\n.*esp "),
                    HasSubstr("delivered (201)")));
  options.consumers = {"crm"};
  EXPECT_THAT(audit(options), AllOf(HasSubstr("crm"), Not(HasSubstr("esp"))));
}

TEST_F(AuditTest, as_json_is_a_line_each_with_all_that_the_receipts_say) {
  auto intent = receipt(ReceiptKind::intent, 1);
  intent.policy_hash = "p0";
  write({intent, outcome(1, "delivered", 200), withheld(2)});
  AuditOptions options;
  options.json = true;
  EXPECT_EQ(
      audit(options),
      "0\n"
      R"({"at":"2026-01-01T01:00:00.000000Z","consumer":"esp","event_id":"id-1",)"
      R"("type":"customer.email_changed","sequence":"id-1","attempt":1,)"
      R"("purpose":"email_marketing","legal_basis":"consent",)"
      R"("disclosed":[{"name":"email","action":"pass","reason":"esp-gets-email"},)"
      R"({"name":"account_id","action":"hmac","reason":"ids"}],)"
      R"("held_back":[{"name":"previous_email","action":"drop","reason":"not authorized"}],)"
      R"("outcome":"delivered","status":200,"reason":"","consent_sha256":"","consent_as_of":"",)"
      R"("policy_hash":"p0","rules_hash":"","schema_version":"","data_sha256":""})"
      "\n"
      R"({"at":"2026-01-01T02:00:00.000000Z","consumer":"esp","event_id":"id-2",)"
      R"("type":"customer.email_changed","sequence":"id-2","attempt":0,)"
      R"("purpose":"email_marketing","legal_basis":"consent","disclosed":[],)"
      R"("held_back":[{"name":"email","action":"drop","reason":"no consent"},)"
      R"({"name":"phone","action":"drop","reason":"not authorized"}],)"
      R"("outcome":"withheld","status":0,"reason":"","consent_sha256":"","consent_as_of":"",)"
      R"("policy_hash":"","rules_hash":"","schema_version":"","data_sha256":""})"
      "\n");
}

TEST_F(AuditTest, without_the_key_nothing_can_be_said) {
  EXPECT_EQ(audit(), "1\n");
  EXPECT_THAT(said_, AllOf(HasSubstr("there is no key"), HasSubstr("shop.receipts.key"),
                           HasSubstr("put it back")));
}

TEST_F(AuditTest, receipts_by_another_key_make_the_answer_incomplete) {
  auto by_another = receipt(ReceiptKind::intent, 1);
  by_another.subject = keys::Key::make().pseudonym("4711");
  by_another.key_id = "0123456789abcdef";
  write({by_another});
  EXPECT_THAT(audit(), HasSubstr("1\n"));
  EXPECT_THAT(said_, AllOf(HasSubstr("1 receipts name members by another key (its id is "
                                     "0123456789abcdef)"),
                           HasSubstr("keys.given_up")));
  config_.keys.given_up = {"0123456789abcdef"};
  EXPECT_THAT(audit(), HasSubstr("0\n"));
}

TEST_F(AuditTest, a_consumer_that_never_was_is_an_error_that_names_those_that_are) {
  key();
  AuditOptions options;
  options.consumers = {"epsilon"};
  EXPECT_THAT(audit(options), HasSubstr("1\n"));
  EXPECT_THAT(said_, HasSubstr("no receipts of a consumer epsilon, and the configuration has esp, "
                               "crm"));
}

TEST_F(AuditTest, a_receipt_that_cannot_be_read_is_named_by_its_place) {
  auto bent = receipt(ReceiptKind::intent, 1);
  write({bent});
  const deliver::Topics topics(config_.pipeline, "esp");
  log::WriterOptions options;
  options.name = topics.writer;
  auto writer = std::move(*log_->open_writer(options));
  ASSERT_TRUE(writer->begin());
  log::Record record;
  record.topic = topics.receipts;
  record.key = bent.subject;
  record.value = "secret";
  ASSERT_TRUE(writer->produce(record));
  ASSERT_TRUE(writer->commit({}));
  EXPECT_EQ(audit(), "1\n");
  EXPECT_THAT(said_,
              AllOf(HasSubstr("topic wakestream.shop.receipts.esp, partition 0, offset "),
                    HasSubstr("the receipt is not a JSON object"), Not(HasSubstr("secret"))));
}

TEST(AuditSince, is_a_day_or_a_time_in_utc) {
  EXPECT_EQ(app::read_since("2026-01-01"), new_year_ms);
  EXPECT_EQ(app::read_since("2026-01-01T00:30:00Z"), new_year_ms + 1'800'000);
  for (const auto* text : {"", "yesterday", "2026-02-30", "2026-01-01T25:00:00Z",
                           "2026-01-01T00:30:00", "2026-01-01 00:30:00Z"})
    EXPECT_FALSE(app::read_since(text)) << text;
}

}  // namespace
}  // namespace wakestream::audit
