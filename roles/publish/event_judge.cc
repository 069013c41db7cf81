#include "roles/publish/event_judge.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace wakestream::publish {

namespace {

using policy::Action;
using policy::Cause;

// What is public of an event's attributes. The source's table is not; a name that is not here stays
// private.
constexpr std::array<std::string_view, 10> passed_on{
    "ce_specversion", "ce_source", "content-type",     "ce_type", "ce_time",
    "ce_sequence",    "ce_lsn",    "ce_schemaversion", "ce_late", "ce_snapshot"};
// So many digits of the policy's hash.
constexpr std::size_t hash_digits = 16;

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

EventJudge::EventJudge(disclosure::Discloser discloser, const PublicTopics& topics)
    : discloser_(discloser),
      topics_(topics),
      policy_hash_(discloser_.policy().hash().substr(0, hash_digits)) {}

void EventJudge::judge(const log::StoredRecord& event, std::chrono::sys_seconds at,
                       Judged& out) const {
  ++out.counts.read;
  const auto words = event.tombstone ? std::nullopt : disclosure::read_words(event.value);
  if (!words) return withhold(Cause::unreadable, out);
  judge_for(event, words->banner.value_or(""), *words, at, out);
  if (words->previous_banner && words->previous_banner != words->banner)
    judge_for(event, *words->previous_banner, *words, at, out);
}

void EventJudge::judge_for(const log::StoredRecord& event, std::string_view banner,
                           const disclosure::EventWords& words, std::chrono::sys_seconds at,
                           Judged& out) const {
  auto disclosed = discloser_.disclose(event, {banner, words, std::nullopt, at});
  if (disclosed.withheld()) {
    out.counts.tally.count(disclosed.verdict);
    return;
  }
  PublicRecord record;
  record.topics = topics_.find(banner, disclosed.shape->type);
  if (record.topics == nullptr) return withhold(Cause::unknown_banner, out);
  record.headers = public_headers(event, disclosed);
  record.key = std::move(disclosed.subject);
  record.value = std::move(disclosed.value);
  record.timestamp_ms = event.timestamp_ms;
  out.counts.tally.count(disclosed.verdict);
  out.counts.values_unfit += disclosed.unfit;
  ++out.counts.published;
  out.records.push_back(std::move(record));
}

std::string EventJudge::public_headers(const log::StoredRecord& event,
                                       const disclosure::Disclosed& disclosed) const {
  std::string packed;
  log::HeaderWriter headers(packed);
  headers.add("ce_id", disclosed.id);
  headers.add("ce_subject", disclosed.subject);
  for (const auto& [name, value] : event.headers) {
    if (std::find(passed_on.begin(), passed_on.end(), name) != passed_on.end())
      headers.add(name, value);
  }
  headers.add("ce_policy", policy_hash_);
  return packed;
}

}  // namespace wakestream::publish
