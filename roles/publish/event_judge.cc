#include "roles/publish/event_judge.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "policy/redaction.h"

namespace wakestream::publish {

namespace {

using policy::Action;
using policy::Cause;

// What is public of an event's attributes. The source's table is not; a name that is not here stays
// private.
constexpr std::array<std::string_view, 10> public_headers{
    "ce_specversion", "ce_source", "content-type",     "ce_type", "ce_time",
    "ce_sequence",    "ce_lsn",    "ce_schemaversion", "ce_late", "ce_snapshot"};
// So many digits of the policy's hash.
constexpr std::size_t hash_digits = 16;

bool tells_apart(Action action) {
  return action == Action::pass || action == Action::tokenize || action == Action::hmac;
}

void withhold(Cause cause, Judged& out) {
  policy::Verdict verdict;
  verdict.event = {Action::withhold, cause, policy::no_rule_number};
  out.counts.tally.count(verdict);
}

}  // namespace

std::uint64_t Counts::withheld() const {
  return std::accumulate(tally.events_withheld.begin(), tally.events_withheld.end(),
                         std::uint64_t{0});
}

EventJudge::EventJudge(const policy::Policy& policy, const policy::KeyRing& keys,
                       const policy::EventShapes& shapes, const PublicTopics& topics,
                       const Options& options)
    : policy_(policy),
      keys_(keys),
      shapes_(shapes),
      topics_(topics),
      consumer_(policy.consumer(options.consumer)),
      policy_hash_(policy.hash().substr(0, hash_digits)) {}

void EventJudge::judge(const log::StoredRecord& event, std::chrono::sys_seconds at,
                       Judged& out) const {
  ++out.counts.read;
  const auto words = event.tombstone ? std::nullopt : read_words(event.value);
  if (!words) return withhold(Cause::unreadable, out);
  judge_for(event, words->banner.value_or(""), *words, at, out);
  if (words->previous_banner && words->previous_banner != words->banner)
    judge_for(event, *words->previous_banner, *words, at, out);
}

void EventJudge::judge_for(const log::StoredRecord& event, std::string_view banner,
                           const EventWords& words, std::chrono::sys_seconds at,
                           Judged& out) const {
  const auto type = log::header_of(event, "ce_type");
  const auto found = shapes_.by_type.find(type);
  if (found == shapes_.by_type.end()) return withhold(Cause::unknown_event, out);
  const auto& shape = found->second;
  const auto facts = policy_.facts(&shape, {banner, words.jurisdiction, words.consent_json, at});
  const auto verdict = policy_.judge(facts, consumer_, shape);
  if (verdict.withheld()) {
    out.counts.tally.count(verdict);
    return;
  }
  PublicRecord record;
  record.topics = topics_.find(banner, type);
  if (record.topics == nullptr) return withhold(Cause::unknown_banner, out);
  const auto redaction = policy::redact(policy_, keys_, shape, verdict, event.value, record.value);
  if (!redaction.readable) return withhold(Cause::unreadable, out);
  if (!name_subject(event, shape, verdict, record)) return withhold(Cause::no_subject, out);
  record.timestamp_ms = event.timestamp_ms;
  out.counts.tally.count(verdict);
  out.counts.values_unfit += redaction.unfit;
  ++out.counts.published;
  out.records.push_back(std::move(record));
}

bool EventJudge::name_subject(const log::StoredRecord& event, const policy::EventShape& shape,
                              const policy::Verdict& verdict, PublicRecord& record) const {
  if (!shape.subject) return false;
  const auto& subject = verdict.fields[*shape.subject];
  if (!tells_apart(subject.action)) return false;
  std::string id(log::header_of(event, "ce_id"));
  record.key = event.key;
  if (subject.action != Action::pass) {
    auto changed = text_member(record.value, "account_id");
    const auto* transform = policy_.transform(subject);
    if (!changed || changed->empty() || transform == nullptr) return false;
    record.key = std::move(*changed);
    if (!log::header_of(event, "ce_snapshot").empty()) id = keys_.hmac(transform->key, id);
  }
  log::HeaderWriter headers(record.headers);
  headers.add("ce_id", id);
  headers.add("ce_subject", record.key);
  for (const auto& [name, value] : event.headers) {
    if (std::find(public_headers.begin(), public_headers.end(), name) != public_headers.end())
      headers.add(name, value);
  }
  headers.add("ce_policy", policy_hash_);
  return true;
}

}  // namespace wakestream::publish
