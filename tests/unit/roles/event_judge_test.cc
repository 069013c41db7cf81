// What becomes of a private event in public, by a policy that lets out little.
#include "roles/publish/event_judge.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>
#include <memory>

namespace wakestream::publish {
namespace {

using policy::Cause;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::sys_days today = std::chrono::year{2026} / 6 / 1;

std::string policy_text(const std::string& subject_rule) {
  return R"(fields: { account_id: user.unique_id, version: system.operations, tier: user.account }
keys: { hashing: "${env:WAKESTREAM_TEST_HASHING_KEY}" }
purposes:
  public: { consent: share }
agreements: [contract]
consumers:
  publish: { purpose: public, categories: [user, system] }
banners:
  banner-a: {}
  banner-b:
    rules:
      - { name: b keeps mail to itself, deny: drop, when: { category: user.contact } }
rules:
  - { name: versions, allow: pass, when: { category: system, consent: any } }
  - { name: whose, )" +
         subject_rule + R"(, when: { category: user.unique_id, consent: any } }
  - { name: with consent, allow: pass, when: { category: [user.contact, user.account], consent: granted } }
  - { name: no created in France, deny: withhold, when: { event: customer.created, jurisdiction: FR } }
)";
}

class EventJudgeTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("WAKESTREAM_TEST_HASHING_KEY", "sixteen bytes at least", 1);
    use("allow: pass");
  }

  void use(const std::string& subject_rule, const std::string& consumer = "publish") {
    judge_.reset();
    auto policy = policy::Policy::parse(policy_text(subject_rule), "policy.yaml");
    ASSERT_TRUE(policy) << policy.error().front().message;
    policy_ = std::make_unique<policy::Policy>(std::move(*policy));
    keys_ = std::make_unique<policy::KeyRing>(*policy::KeyRing::open(*policy_));
    shapes_ = {};
    const std::vector<policy::TaggedField> fields{{"account_id", {}},
                                                  {"version", {}},
                                                  {"tier", {}},
                                                  {"email", {"user.contact.email"}},
                                                  {"secret", {}}};
    for (const auto* type : {"customer.created", "customer.moved"})
      shapes_.by_type.emplace(type, policy_->shape(type, fields));
    topics_ = std::make_unique<PublicTopics>(
        *PublicTopics::make({"banner-a", "banner-b"}, {"customer.created", "customer.moved"}, {}));
    judge_ = std::make_unique<EventJudge>(
        disclosure::Discloser{*policy_, *keys_, shapes_, consumer}, *topics_);
  }

  static log::StoredRecord event(const std::string& value,
                                 const std::string& type = "customer.created") {
    log::StoredRecord record;
    record.key = "4711";
    record.timestamp_ms = 17;
    record.value = value;
    record.headers = {{"ce_specversion", "1.0"}, {"ce_id", "id-1"},
                      {"ce_type", type},         {"ce_subject", "4711"},
                      {"ce_sequence", "id-1"},   {"ce_table", "graph.account"}};
    return record;
  }
  static std::string payload(const std::string& more) {
    return R"({"account_id":"4711","version":3,"jurisdiction":"DE",)" + more + "}";
  }
  Judged judged(const log::StoredRecord& record) const {
    Judged out;
    judge_->judge(record, today, out);
    return out;
  }
  // The cause for which nothing of it went out.
  std::optional<Cause> cause(const log::StoredRecord& record) const {
    const auto out = judged(record);
    EXPECT_THAT(out.records, testing::IsEmpty());
    EXPECT_EQ(out.counts.published, 0U);
    for (std::size_t at = 0; at < policy::cause_count; ++at)
      if (out.counts.tally.events_withheld[at] == 1 && out.counts.withheld() == 1)
        return static_cast<Cause>(at);
    return std::nullopt;
  }
  static std::map<std::string, std::string> headers(const PublicRecord& record) {
    std::map<std::string, std::string> found;
    log::HeaderReader reader(record.headers);
    std::string_view name;
    std::string_view value;
    while (reader.take(name, value)) EXPECT_TRUE(found.emplace(name, value).second) << name;
    return found;
  }

  std::unique_ptr<policy::Policy> policy_;
  std::unique_ptr<policy::KeyRing> keys_;
  policy::EventShapes shapes_;
  std::unique_ptr<PublicTopics> topics_;
  std::unique_ptr<EventJudge> judge_;
};

constexpr const char* granted =
    R"("consent":{"share":true},"banner":"banner-a","email":"a@b.example","secret":"x")";

TEST_F(EventJudgeTest, what_policy_leaves_goes_to_its_banners_two_topics) {
  const auto out = judged(event(payload(granted)));
  ASSERT_EQ(out.records.size(), 1U);
  const auto& record = out.records.front();
  EXPECT_EQ(record.topics->change, "customer.banner-a.change");
  EXPECT_EQ(record.topics->by_type, "customer.banner-a.created");
  EXPECT_EQ(record.key, "4711");
  EXPECT_EQ(record.timestamp_ms, 17);
  EXPECT_EQ(record.value, R"({"account_id":"4711","version":3,"email":"a@b.example"})");
  const auto found = headers(record);
  EXPECT_EQ(found.at("ce_id"), "id-1");
  EXPECT_EQ(found.at("ce_subject"), "4711");
  EXPECT_EQ(found.at("ce_policy"), policy_->hash().substr(0, 16));
  EXPECT_EQ(found.count("ce_table"), 0U) << "the source's table is nobody's business";
  EXPECT_EQ(out.counts.published, 1U);
  EXPECT_EQ(out.counts.withheld(), 0U);
}

TEST_F(EventJudgeTest, without_consent_what_hangs_on_it_is_left_out) {
  for (const auto* consent :
       {R"({"share":false})", R"({"share":"maybe"})", "null", R"({"share":true,"share":false})"}) {
    const auto out = judged(event(
        payload(std::string(R"("banner":"banner-a","email":"a@b.example","consent":)") + consent)));
    ASSERT_EQ(out.records.size(), 1U) << consent;
    EXPECT_EQ(out.records.front().value, R"({"account_id":"4711","version":3})") << consent;
  }
}

TEST_F(EventJudgeTest, what_is_not_known_is_withheld_and_counted) {
  EXPECT_EQ(cause(event(payload(R"("banner":"banner-c")"))), Cause::unknown_banner);
  EXPECT_EQ(cause(event(payload(R"("banner":7)"))), Cause::unknown_banner);
  EXPECT_EQ(cause(event(payload(R"("tier":"gold")"))), Cause::unknown_banner);
  EXPECT_EQ(cause(event(payload(granted), "customer.renamed")), Cause::unknown_event);
  EXPECT_EQ(cause(event(payload(granted), "")), Cause::unknown_event);
  EXPECT_EQ(cause(event(R"({"account_id":"4711","banner":"banner-a"})")),
            Cause::unknown_jurisdiction);
  EXPECT_EQ(cause(event(R"({"account_id":"4711","banner":"banner-a","jurisdiction":"FR"})")),
            Cause::rule);
  for (const auto* text : {"", "[]", "{", "7", "null"})
    EXPECT_EQ(cause(event(text)), Cause::unreadable) << text;
  EXPECT_EQ(cause(event(payload(R"("banner":"banner-a","version":4)"))), Cause::unreadable)
      << "a member twice";
  auto tombstone = event("");
  tombstone.tombstone = true;
  EXPECT_EQ(cause(tombstone), Cause::unreadable);
  use("allow: pass", "nobody");
  EXPECT_EQ(cause(event(payload(granted))), Cause::unknown_consumer);
}

TEST_F(EventJudgeTest, an_account_that_moves_goes_to_both_banners_and_each_is_asked) {
  const auto out = judged(event(
      payload(
          R"("banner":"banner-a","previous_banner":"banner-b","email":"a@b.example","consent":{"share":true})"),
      "customer.moved"));
  ASSERT_EQ(out.records.size(), 2U);
  EXPECT_EQ(out.records[0].topics->by_type, "customer.banner-a.moved");
  EXPECT_THAT(out.records[0].value, HasSubstr("a@b.example"));
  EXPECT_EQ(out.records[1].topics->by_type, "customer.banner-b.moved");
  EXPECT_THAT(out.records[1].value, Not(HasSubstr("a@b.example")));
  EXPECT_EQ(out.counts.read, 1U);
  EXPECT_EQ(out.counts.published, 2U);
  // Where it comes from a banner that nobody knows, that half is withheld.
  const auto half = judged(
      event(payload(R"("banner":"banner-a","previous_banner":"banner-x")"), "customer.moved"));
  EXPECT_EQ(half.records.size(), 1U);
  EXPECT_EQ(half.counts.withheld(), 1U);
  for (const auto* same : {R"("banner":"banner-a","previous_banner":"banner-a")",
                           R"("banner":"banner-a","previous_banner":null)"})
    EXPECT_EQ(judged(event(payload(same), "customer.moved")).records.size(), 1U);
}

TEST_F(EventJudgeTest, a_hashed_account_is_hashed_in_key_and_subject_too_and_keeps_its_partition) {
  use("allow: { hmac: { key: hashing } }");
  const auto out = judged(event(payload(granted)));
  ASSERT_EQ(out.records.size(), 1U);
  const auto& record = out.records.front();
  EXPECT_EQ(record.key.size(), 64U);
  EXPECT_EQ(record.key, keys_->hmac(0, "4711"));
  EXPECT_EQ(headers(record).at("ce_subject"), record.key);
  EXPECT_THAT(record.value + record.headers + record.key, Not(HasSubstr("4711")));
  EXPECT_EQ(judged(event(payload(R"("banner":"banner-b")"))).records.front().key, record.key);
  EXPECT_EQ(headers(record).at("ce_id"), "id-1");
  auto row = event(payload(granted));
  row.headers.emplace_back("ce_snapshot", "1");
  EXPECT_EQ(headers(judged(row).records.front()).at("ce_id"), keys_->hmac(0, "id-1"))
      << "a snapshot's id holds a hash of the row's key, which anybody can calculate";
}

TEST_F(EventJudgeTest, an_account_that_cannot_be_told_apart_is_withheld) {
  use("allow: { mask: { keep_last: 2 } }");
  EXPECT_EQ(cause(event(payload(granted))), Cause::no_subject);
}

}  // namespace
}  // namespace wakestream::publish
