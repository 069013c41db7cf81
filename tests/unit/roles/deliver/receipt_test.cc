#include "roles/deliver/receipt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wakestream::deliver {
namespace {

using testing::HasSubstr;
using testing::Not;

Receipt receipt(ReceiptKind kind) {
  Receipt receipt;
  receipt.kind = kind;
  receipt.event_id = "00000001-00000000016B3748-0-000000000001-0002";
  receipt.type = "customer.email_changed";
  receipt.subject = "9f86d081884c7d65";
  receipt.key_id = "0c2e19f0";
  receipt.consumer = "esp";
  receipt.at_ms = 1790000000123;
  receipt.attempt = 2;
  receipt.sequence = receipt.event_id + "+0001";
  receipt.purpose = "email_marketing";
  receipt.legal_basis = "consent";
  receipt.disclosed = {{"email", "pass", "esp-gets-email"}, {"account_id", "hmac", "ids"}};
  receipt.held_back = {{"previous_email", "drop", "not authorized"}};
  receipt.consent_sha256 = "c0";
  receipt.consent_as_of = "16/B374D848";
  receipt.policy_hash = "p0";
  receipt.rules_hash = "r0";
  receipt.schema_version = "s0";
  receipt.data_sha256 = "d0";
  receipt.fate = "delivered";
  receipt.reason = "answered \"200\"";
  receipt.status = 200;
  return receipt;
}

TEST(Receipt, of_an_intent_has_this_form) {
  EXPECT_EQ(encode_receipt(receipt(ReceiptKind::intent)),
            R"({"format_version":1,"kind":"intent",)"
            R"("event_id":"00000001-00000000016B3748-0-000000000001-0002",)"
            R"("type":"customer.email_changed","subject":"9f86d081884c7d65","key_id":"0c2e19f0",)"
            R"("consumer":"esp","at_ms":1790000000123,"attempt":2,)"
            R"("sequence":"00000001-00000000016B3748-0-000000000001-0002+0001",)"
            R"("purpose":"email_marketing","legal_basis":"consent",)"
            R"("disclosed":[{"name":"email","action":"pass","reason":"esp-gets-email"},)"
            R"({"name":"account_id","action":"hmac","reason":"ids"}],)"
            R"("held_back":[{"name":"previous_email","action":"drop","reason":"not authorized"}],)"
            R"("consent_sha256":"c0","consent_as_of":"16/B374D848","policy_hash":"p0",)"
            R"("rules_hash":"r0","schema_version":"s0","data_sha256":"d0"})");
}

TEST(Receipt, of_an_outcome_has_this_form) {
  EXPECT_EQ(encode_receipt(receipt(ReceiptKind::outcome)),
            R"({"format_version":1,"kind":"outcome",)"
            R"("event_id":"00000001-00000000016B3748-0-000000000001-0002",)"
            R"("type":"customer.email_changed","subject":"9f86d081884c7d65",)"
            R"("key_id":"0c2e19f0","consumer":"esp","at_ms":1790000000123,"attempt":2,)"
            R"("fate":"delivered","reason":"answered \"200\"","status":200})");
}

TEST(Receipt, comes_back_as_it_was_written) {
  for (const auto kind : {ReceiptKind::intent, ReceiptKind::outcome, ReceiptKind::withheld}) {
    const auto written = receipt(kind);
    const auto read = decode_receipt(encode_receipt(written));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(encode_receipt(*read), encode_receipt(written));
  }
  const auto withheld = *decode_receipt(encode_receipt(receipt(ReceiptKind::withheld)));
  EXPECT_EQ(withheld.held_back, receipt(ReceiptKind::withheld).held_back);
  EXPECT_EQ(withheld.disclosed, receipt(ReceiptKind::withheld).disclosed);
  EXPECT_EQ(withheld.fate, "delivered");
}

TEST(Receipt, that_is_bent_is_an_error_without_values) {
  EXPECT_THAT(decode_receipt("receipt").error(), HasSubstr("the receipt is not a JSON object"));
  EXPECT_THAT(decode_receipt(R"({"format_version":9})").error(), HasSubstr("format version 9"));
  const auto whole = encode_receipt(receipt(ReceiptKind::intent));
  const auto bent = [&whole](std::string_view part, std::string_view by) {
    auto text = whole;
    text.replace(text.find(part), part.size(), by);
    const auto read = decode_receipt(text);
    EXPECT_FALSE(read) << text;
    EXPECT_THAT(read.error(), Not(HasSubstr("secret")));
    return read ? std::string{} : read.error();
  };
  EXPECT_THAT(bent(R"("intent")", R"("secret")"), HasSubstr("\"kind\" is not a known one"));
  EXPECT_THAT(bent(R"([{"name":"email",)", R"(["secret",{"name":"email",)"),
              HasSubstr("\"disclosed\" is not an array of objects"));
  EXPECT_THAT(bent(R"("action":"hmac")", R"("action":{"secret":1})"),
              HasSubstr("\"action\" is not a string"));
  EXPECT_THAT(bent(R"("legal_basis":)", R"("secret":)"), HasSubstr("\"legal_basis\""));
}

TEST(ReceiptKey, is_one_of_the_pipeline) { EXPECT_EQ(receipt_key_name("shop"), "shop.receipts"); }

}  // namespace
}  // namespace wakestream::deliver
