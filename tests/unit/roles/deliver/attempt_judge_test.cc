// What an attempt may disclose, and what is on record of it: asked at each attempt, with a real log
// behind the account's consent now.
#include "roles/deliver/attempt_judge.h"

#include <gmock/gmock.h>

#include <memory>

#include "context/account_record.h"
#include "log/embedded/embedded_log.h"
#include "roles/capture/checkpoint.h"
#include "roles/capture/topics.h"
#include "roles/deliver/urgency.h"
#include "tests/contract/temporary_folder.h"

namespace wakestream::deliver {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* policy_text = R"(
fields: { account_id: user.unique_id, version: system.operations, consent: user.privacy_preferences }
purposes:
  mail: { consent: email }
agreements: [contract]
consumers:
  esp: { purpose: mail, categories: [user, system] }
banners: { banner-a: {}, banner-b: {} }
rules:
  - { name: always, allow: pass, when: { category: [system, user.unique_id], consent: any } }
  - { name: with consent, allow: pass, when: { category: user.contact, consent: granted } }
  - { name: not in France, deny: withhold, when: { jurisdiction: FR } }
)";

class AttemptJudgeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto policy = policy::Policy::parse(policy_text, "policy.yaml");
    ASSERT_TRUE(policy) << policy.error().front().message;
    policy_ = std::make_unique<policy::Policy>(std::move(*policy));
    keys_ = std::make_unique<policy::KeyRing>(*policy::KeyRing::open(*policy_));
    const std::vector<policy::TaggedField> fields{
        {"account_id", {}}, {"version", {}}, {"consent", {}}, {"email", {"user.contact.email"}}};
    for (const auto* type :
         {"customer.created", "customer.deletion_requested", "customer.consent_changed"})
      shapes_.by_type.emplace(type, policy_->shape(type, fields));
    discloser_ = std::make_unique<disclosure::Discloser>(*policy_, *keys_, shapes_, "esp");
    use(nullptr, {});
  }

  void use(AccountsNow* accounts, Subscription subscription) {
    judge_ = std::make_unique<AttemptJudge>(
        *discloser_, accounts, key_,
        AttemptJudge::Options{"esp", "rules", std::move(subscription), deletion_types()});
  }

  static std::shared_ptr<const log::StoredRecord> event(
      const std::string& consent, const std::string& type = "customer.created",
      const std::string& more = R"("banner":"banner-a","jurisdiction":"DE")") {
    log::StoredRecord record;
    record.key = "4711";
    record.value = R"({"account_id":"4711","version":3,"email":"a@b.example","consent":)" +
                   consent + "," + more + "}";
    record.headers = {{"ce_id", "id-1"}, {"ce_type", type}, {"ce_schemaversion", "7"}};
    return std::make_shared<const log::StoredRecord>(std::move(record));
  }
  Judgement judged(const std::shared_ptr<const log::StoredRecord>& of) const {
    auto judgement = judge_->judge({1, of, "id-1", 2}, 1'780'000'000'000);
    EXPECT_TRUE(judgement) << judgement.error().message;
    return std::move(*judgement);
  }
  static std::vector<std::string> names(const std::vector<Receipt::Field>& fields) {
    std::vector<std::string> names;
    for (const auto& field : fields) names.push_back(field.name);
    return names;
  }

  std::unique_ptr<policy::Policy> policy_;
  std::unique_ptr<policy::KeyRing> keys_;
  policy::EventShapes shapes_;
  std::unique_ptr<disclosure::Discloser> discloser_;
  const keys::Key key_ = keys::Key::make();
  std::unique_ptr<AttemptJudge> judge_;
};

TEST_F(AttemptJudgeTest, an_intent_says_what_goes_out_and_why_and_no_value) {
  const auto judgement = judged(event(R"({"email":true})"));
  EXPECT_FALSE(judgement.withheld());
  EXPECT_EQ(judgement.data, R"({"account_id":"4711","version":3,"email":"a@b.example"})");
  EXPECT_EQ(judgement.id, "id-1");
  EXPECT_EQ(judgement.subject, "4711");
  const auto& receipt = judgement.receipt;
  EXPECT_THAT(names(receipt.disclosed), ElementsAre("account_id", "version", "email"));
  EXPECT_EQ(receipt.disclosed.back(), (Receipt::Field{"email", "pass", "rule with consent"}));
  EXPECT_THAT(names(receipt.held_back), ElementsAre("consent"));
  EXPECT_EQ(receipt.purpose, "mail");
  EXPECT_EQ(receipt.legal_basis, "consent");
  EXPECT_EQ(receipt.subject, key_.pseudonym("4711"));
  EXPECT_EQ(receipt.policy_hash, policy_->hash());
  EXPECT_EQ(receipt.schema_version, "7");
  EXPECT_EQ(receipt.attempt, 2U);
  EXPECT_EQ(receipt.data_sha256.size(), 64U);
  EXPECT_THAT(encode_receipt(receipt), Not(HasSubstr("a@b.example")));
  EXPECT_THAT(encode_receipt(receipt), Not(HasSubstr("4711")));
}

TEST_F(AttemptJudgeTest, what_policy_withholds_is_on_record_with_the_reason) {
  const auto judgement = judged(
      event(R"({"email":true})", "customer.created", R"("banner":"banner-a","jurisdiction":"FR")"));
  EXPECT_TRUE(judgement.withheld());
  EXPECT_EQ(judgement.receipt.reason, "rule not in France");
  EXPECT_EQ(judgement.receipt.fate, "withheld");
  EXPECT_THAT(judgement.receipt.disclosed, IsEmpty());
  EXPECT_EQ(judgement.data, "");
}

TEST_F(AttemptJudgeTest, what_is_muted_is_on_record_as_withheld_and_policy_says_nothing_of_it) {
  const auto receipt = judge_->muted_receipt(*event(R"({"email":true})"), 7);
  EXPECT_EQ(receipt.kind, ReceiptKind::withheld);
  EXPECT_EQ(receipt.fate, "muted");
  EXPECT_EQ(receipt.reason, "bulk, muted");
  EXPECT_EQ(receipt.at_ms, 7);
  EXPECT_EQ(receipt.attempt, 0U);
  EXPECT_THAT(receipt.disclosed, IsEmpty());
  EXPECT_THAT(receipt.held_back, IsEmpty());
  EXPECT_TRUE(decode_receipt(encode_receipt(receipt)));
}

TEST_F(AttemptJudgeTest, a_subscription_is_by_type_and_by_each_banner_that_an_account_is_of) {
  const auto moved =
      event("{}", "customer.created",
            R"("banner":"banner-b","previous_banner":"banner-a","jurisdiction":"DE")");
  EXPECT_TRUE(judge_->is_subscribed(*moved));
  use(nullptr, {{"customer.email_changed"}, {}});
  EXPECT_FALSE(judge_->is_subscribed(*moved));
  use(nullptr, {{}, {"banner-a"}});
  EXPECT_TRUE(judge_->is_subscribed(*moved)) << "it leaves banner-a, which is banner-a's matter";
  EXPECT_FALSE(judge_->is_subscribed(*event("{}", "customer.created", R"("banner":"banner-b")")));
}

class WithContext : public AttemptJudgeTest {
 protected:
  void SetUp() override {
    AttemptJudgeTest::SetUp();
    log::embedded::EmbeddedOptions options;
    options.path = folder_.path() + "/log";
    log_ = std::move(*log::embedded::open_embedded_log(options));
    ASSERT_TRUE(log_->ensure_topics(topics_.specs(1, true), true, deadline));
    writer_ = std::move(*log_->open_writer({"capture", "test", deadline, deadline}));
    accounts_ = std::make_unique<AccountsNow>(
        *log_, "shop", context::StoreOptions{folder_.path() + "/accounts", 1U << 20U});
    use(accounts_.get(), {});
  }

  void write(const std::string& topic, const std::string& key,
             const std::optional<std::string>& value) {
    ASSERT_TRUE(writer_->begin());
    log::Record record;
    record.topic = topic;
    record.key = key;
    if (value) record.value = *value;
    record.tombstone = !value;
    ASSERT_TRUE(writer_->produce(record));
    ASSERT_TRUE(writer_->commit({}));
  }
  void checkpoint(cdc::Lsn filled_at) {
    capture::Checkpoint record;
    record.pipeline = "shop";
    record.birth = capture::Birth::born;
    record.event_partition_count = 1;
    record.context = capture::ContextProgress{"rule", 1, filled_at};
    write(topics_.checkpoint, "shop", capture::encode_checkpoint(record));
  }
  void account(const std::string& consent) {
    context::AccountRecord record;
    record.context.at(mapping::ContextColumn::consent) = consent;
    record.as_of = cdc::Lsn{0x100};
    write(topics_.context, "4711", context::encode_account(record));
  }
  // What is in the way; empty: nothing.
  std::string refresh() {
    const auto done = accounts_->refresh(deadline, [] { return true; });
    return done ? std::string() : done.error().message;
  }

  static constexpr log::Milliseconds deadline{5'000};
  const capture::Topics topics_{"shop"};
  const log::contract::TemporaryFolder folder_;
  std::unique_ptr<log::EventLog> log_;
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<AccountsNow> accounts_;
};

TEST_F(WithContext, the_narrower_of_the_consent_then_and_now_counts) {
  checkpoint(cdc::Lsn{1});
  account(R"({"email":true})");
  ASSERT_EQ(refresh(), "");
  EXPECT_THAT(judged(event(R"({"email":true})")).data, HasSubstr("a@b.example"));
  EXPECT_THAT(judged(event(R"({"email":false})")).data, Not(HasSubstr("a@b.example")));
  account(R"({"email":false})");
  ASSERT_EQ(refresh(), "");
  const auto judgement = judged(event(R"({"email":true})"));
  EXPECT_THAT(judgement.data, Not(HasSubstr("a@b.example")));
  EXPECT_THAT(names(judgement.receipt.disclosed), ElementsAre("account_id", "version"));
  EXPECT_EQ(judgement.receipt.consent_as_of, "0/100");
}

TEST_F(WithContext, of_an_account_that_is_gone_only_its_deletion_goes_out) {
  checkpoint(cdc::Lsn{1});
  account(R"({"email":true})");
  write(topics_.context, "4711", std::nullopt);
  ASSERT_EQ(refresh(), "");
  const auto judgement = judged(event(R"({"email":true})"));
  EXPECT_TRUE(judgement.withheld());
  EXPECT_EQ(judgement.receipt.reason, "account_gone");
  EXPECT_FALSE(judged(event(R"({"email":true})", "customer.deletion_requested")).withheld());
}

TEST_F(WithContext, as_long_as_the_context_is_being_filled_nothing_is_decided) {
  EXPECT_EQ(refresh(), "nothing was captured yet");
  checkpoint(cdc::Lsn{});
  EXPECT_EQ(refresh(), "the account context is being filled");
  checkpoint(cdc::Lsn{1});
  account(R"({"email":true})");
  ASSERT_EQ(refresh(), "");
  // It is filled anew: emptied first.
  checkpoint(cdc::Lsn{});
  write(topics_.context, "4711", std::nullopt);
  ASSERT_EQ(refresh(), "");
  EXPECT_FALSE(judge_->judge({1, event(R"({"email":true})"), "id-1", 1}, 0))
      << "the account is not gone";
}

TEST_F(AttemptJudgeTest, deletions_and_narrower_consent_are_urgent_and_what_cannot_be_compared) {
  EXPECT_TRUE(is_urgent(*event("{}", "customer.deletion_requested"), *policy_));
  EXPECT_FALSE(is_urgent(*event("{}", "customer.created"), *policy_));
  const auto changed = [&](const std::string& before, const std::string& now) {
    return is_urgent(*event(now, "customer.consent_changed", R"("previous_consent":)" + before),
                     *policy_);
  };
  EXPECT_TRUE(changed(R"({"email":true})", R"({"email":false})"));
  EXPECT_TRUE(changed(R"({"email":true})", "null"));
  EXPECT_FALSE(changed(R"({"email":false})", R"({"email":true})"));
  EXPECT_FALSE(changed(R"({"email":true,"sms":true})", R"({"email":true,"sms":false})"))
      << "no purpose asks for it";
  EXPECT_TRUE(is_urgent(*event("{}", "customer.consent_changed"), *policy_));
}

}  // namespace
}  // namespace wakestream::deliver
