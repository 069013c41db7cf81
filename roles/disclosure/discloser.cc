#include "roles/disclosure/discloser.h"

#include <utility>

#include "policy/redaction.h"

namespace wakestream::disclosure {

namespace {

using policy::Action;
using policy::Cause;

bool tells_apart(Action action) {
  return action == Action::pass || action == Action::tokenize || action == Action::hmac;
}

Disclosed withheld(Cause cause, const policy::EventShape* shape) {
  Disclosed disclosed;
  disclosed.verdict.event = {Action::withhold, cause, policy::no_rule_number};
  disclosed.shape = shape;
  return disclosed;
}

}  // namespace

Discloser::Discloser(const policy::Policy& policy, const policy::KeyRing& keys,
                     const policy::EventShapes& shapes, std::string_view consumer)
    : policy_(policy), keys_(keys), shapes_(shapes), consumer_(policy.consumer(consumer)) {}

Disclosed Discloser::disclose(const log::StoredRecord& event, const Question& question) const {
  const auto found = shapes_.by_type.find(log::header_of(event, "ce_type"));
  if (found == shapes_.by_type.end()) return withheld(Cause::unknown_event, nullptr);
  const auto& shape = found->second;
  const auto& words = question.words;
  auto facts =
      policy_.facts(&shape, {question.banner, words.jurisdiction, words.consent_json, question.at});
  if (question.consent_now) {
    const auto& definition = policy_.definition();
    facts.consent = policy::narrower(
        facts.consent, policy::read_consent(question.consent_now, definition.consent_keys.names(),
                                            definition.consent_words));
  }
  Disclosed disclosed;
  disclosed.shape = &shape;
  disclosed.verdict = policy_.judge(facts, consumer_, shape);
  if (disclosed.withheld()) return disclosed;
  const auto redaction =
      policy::redact(policy_, keys_, shape, disclosed.verdict, event.value, disclosed.value);
  if (!redaction.readable) return withheld(Cause::unreadable, &shape);
  disclosed.unfit = redaction.unfit;
  if (!name_subject(event, disclosed)) return withheld(Cause::no_subject, &shape);
  return disclosed;
}

bool Discloser::name_subject(const log::StoredRecord& event, Disclosed& disclosed) const {
  const auto& shape = *disclosed.shape;
  if (!shape.subject) return false;
  const auto& verdict = disclosed.verdict.fields[*shape.subject];
  if (!tells_apart(verdict.action)) return false;
  disclosed.id = log::header_of(event, "ce_id");
  disclosed.subject = event.key;
  if (verdict.action == Action::pass) return true;
  auto changed = text_member(disclosed.value, "account_id");
  const auto* transform = policy_.transform(verdict);
  if (!changed || changed->empty() || transform == nullptr) return false;
  disclosed.subject = std::move(*changed);
  if (!log::header_of(event, "ce_snapshot").empty())
    disclosed.id = keys_.hmac(transform->key, disclosed.id);
  return true;
}

}  // namespace wakestream::disclosure
