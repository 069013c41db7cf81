#include "roles/publish/event_judge.h"

#include <numeric>
#include <utility>

#include "roles/disclosure/addressee.h"
#include "roles/disclosure/disclosed_headers.h"

namespace wakestream::publish {

namespace {

using policy::Action;
using policy::Cause;

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
    : discloser_(discloser), topics_(topics) {}

void EventJudge::judge(const log::StoredRecord& event, std::chrono::sys_seconds at,
                       Judged& out) const {
  ++out.counts.read;
  if (!disclosure::addressee(event).empty()) return;
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
  record.headers = disclosure::disclosed_headers(event, disclosed.id, disclosed.subject, {},
                                                 discloser_.policy().hash());
  record.key = std::move(disclosed.subject);
  record.value = std::move(disclosed.value);
  record.timestamp_ms = event.timestamp_ms;
  out.counts.tally.count(disclosed.verdict);
  out.counts.values_unfit += disclosed.unfit;
  ++out.counts.published;
  out.records.push_back(std::move(record));
}

}  // namespace wakestream::publish
