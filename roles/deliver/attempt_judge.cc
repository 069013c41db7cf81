#include "roles/deliver/attempt_judge.h"

#include <chrono>
#include <utility>

#include "keys/digest.h"
#include "roles/deliver/sequence.h"

namespace wakestream::deliver {

AttemptJudge::AttemptJudge(const disclosure::Discloser& discloser, AccountsNow* accounts,
                           const keys::Key& key, Options options)
    : discloser_(discloser),
      accounts_(accounts),
      key_(key),
      options_(std::move(options)),
      key_id_(key.id()) {
  const auto& definition = discloser.policy().definition();
  if (!discloser.consumer()) return;
  const auto purpose = definition.consumers[*discloser.consumer()].purpose;
  purpose_ = definition.purpose_names.names()[purpose];
  legal_basis_ =
      definition.purposes[purpose].consent_keys.empty() ? "other than consent" : "consent";
}

bool AttemptJudge::is_subscribed(const log::StoredRecord& event) const {
  return options_.subscription.takes(options_.consumer, event);
}

std::string_view AttemptJudge::banner_of(const disclosure::EventWords& words) const {
  const std::string_view own = words.banner ? std::string_view(*words.banner) : std::string_view();
  if (!words.previous_banner || options_.subscription.has_banner(own)) return own;
  return *words.previous_banner;
}

Receipt AttemptJudge::outcome_receipt(const log::StoredRecord& event, std::uint32_t attempt) const {
  Receipt receipt;
  receipt.kind = ReceiptKind::outcome;
  receipt.event_id = log::header_of(event, "ce_id");
  receipt.type = log::header_of(event, "ce_type");
  receipt.subject = key_.pseudonym(event.key);
  receipt.key_id = key_id_;
  receipt.consumer = options_.consumer;
  receipt.attempt = attempt;
  receipt.replay = log::header_of(event, replay_header);
  return receipt;
}

Receipt AttemptJudge::decision_receipt(const log::StoredRecord& event, std::uint32_t attempt,
                                       std::string_view sequence, std::int64_t now_ms) const {
  auto receipt = outcome_receipt(event, attempt);
  receipt.kind = ReceiptKind::intent;
  receipt.at_ms = now_ms;
  receipt.sequence = sequence;
  receipt.purpose = purpose_;
  receipt.legal_basis = legal_basis_;
  receipt.policy_hash = discloser_.policy().hash();
  receipt.rules_hash = options_.rules_hash;
  receipt.schema_version = log::header_of(event, "ce_schemaversion");
  return receipt;
}

Receipt AttemptJudge::muted_receipt(const log::StoredRecord& event, std::int64_t now_ms) const {
  auto receipt = decision_receipt(event, 0, own_sequence(event), now_ms);
  receipt.kind = ReceiptKind::withheld;
  receipt.fate = to_string(Fate::muted);
  receipt.reason = "bulk, muted";
  return receipt;
}

log::Result<Judgement> AttemptJudge::judge(const Try& attempt, std::int64_t now_ms) const {
  const auto& event = *attempt.event;
  Judgement judgement{
      decision_receipt(event, attempt.attempt, attempt.sequence, now_ms), {}, {}, {}};
  auto& receipt = judgement.receipt;
  const auto withhold = [&](std::string_view reason) {
    receipt.kind = ReceiptKind::withheld;
    receipt.fate = to_string(Fate::withheld);
    receipt.reason = reason;
    return std::move(judgement);
  };

  const auto words = event.tombstone ? std::nullopt : disclosure::read_words(event.value);
  if (!words) return withhold(to_string(policy::Cause::unreadable));
  std::optional<AccountNow> account;
  if (accounts_ != nullptr) {
    auto found = accounts_->find(event.key);
    if (!found) return tl::unexpected(std::move(found.error()));
    if (!found->gone)
      account = std::move(*found);
    else if (options_.about_deletion.find(receipt.type) == options_.about_deletion.end())
      return withhold("account_gone");
  }
  disclosure::Question question{banner_of(*words), *words, std::nullopt,
                                std::chrono::sys_seconds{std::chrono::floor<std::chrono::seconds>(
                                    std::chrono::milliseconds{now_ms})}};
  // An account whose consent is not known any more has an unknown one, which is the narrowest.
  const auto consent_now = account ? account->consent_json.value_or("null") : std::string();
  if (account) question.consent_now = consent_now;
  auto disclosed = discloser_.disclose(event, question);
  receipt.consent_sha256 =
      keys::sha256_hex(words->consent_json.value_or("") + "\n" +
                       (question.consent_now ? std::string(*question.consent_now) : std::string()));
  if (account) receipt.consent_as_of = account->as_of;
  fill_in(disclosed, receipt);
  if (disclosed.withheld()) return withhold(discloser_.policy().reason(disclosed.verdict.event));
  receipt.data_sha256 = keys::sha256_hex(disclosed.value);
  judgement.id = std::move(disclosed.id);
  judgement.subject = std::move(disclosed.subject);
  judgement.data = std::move(disclosed.value);
  return judgement;
}

void AttemptJudge::fill_in(const disclosure::Disclosed& disclosed, Receipt& receipt) const {
  for (std::size_t at = 0; at < disclosed.verdict.fields.size(); ++at) {
    const auto& verdict = disclosed.verdict.fields[at];
    auto& fields = policy::discloses(verdict.action) ? receipt.disclosed : receipt.held_back;
    fields.push_back({disclosed.shape->fields[at].name, std::string(to_string(verdict.action)),
                      discloser_.policy().reason(verdict)});
  }
}

}  // namespace wakestream::deliver
