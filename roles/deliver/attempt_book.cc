#include "roles/deliver/attempt_book.h"

#include <utility>

namespace wakestream::deliver {

using emitters::Verdict;

emitters::Attempt to_emit(const Try& attempt, const Judgement& judgement,
                          std::int64_t begin_by_ms) {
  const auto& event = *attempt.event;
  return {.ticket = attempt.ticket,
          .webhook_id = judgement.id,
          .type = log::header_of(event, "ce_type"),
          .source = log::header_of(event, "ce_source"),
          .subject = judgement.subject,
          .time = log::header_of(event, "ce_time"),
          .sequence = attempt.sequence,
          .data = judgement.data,
          .begin_by_ms = begin_by_ms};
}

void AttemptBook::sent(const Try& attempt, const Receipt& intent) {
  under_way_.emplace(attempt.ticket,
                     Entry{judge_.outcome_receipt(*attempt.event, intent.attempt), {}});
}

bool AttemptBook::came_back(const emitters::Outcome& outcome) {
  auto found = under_way_.extract(outcome.ticket);
  if (found.empty()) return false;
  found.mapped().outcome = outcome;
  came_back_.insert(std::move(found));
  return true;
}

void AttemptBook::ended(const Ended& ended, std::int64_t now_ms) {
  if (const auto found = came_back_.find(ended.ticket); found != came_back_.end()) {
    // Of an attempt that failed the verdict says more: it may be unknown, or no event's matter.
    record(found->second,
           ended.fate == Fate::failed && found->second.outcome.verdict != Verdict::retry
               ? to_string(found->second.outcome.verdict)
               : to_string(ended.fate),
           now_ms);
    return;
  }
  if (ended.fate == Fate::withheld) return;  // its receipt was the decision
  if (ended.fate == Fate::muted) {
    records_.receipt(judge_.muted_receipt(*ended.event, now_ms));
    return;
  }
  Entry entry{judge_.outcome_receipt(*ended.event, ended.attempt), {}};
  record(entry, to_string(ended.fate), now_ms);
}

void AttemptBook::record(Entry& entry, std::string_view fate, std::int64_t now_ms) {
  entry.receipt.at_ms = now_ms;
  entry.receipt.fate = fate;
  entry.receipt.reason = entry.outcome.reason;
  entry.receipt.status = entry.outcome.status;
  records_.receipt(entry.receipt);
}

}  // namespace wakestream::deliver
