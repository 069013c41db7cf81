#include "app/audit/disclosure.h"

#include <algorithm>
#include <utility>

namespace wakestream::audit {

using deliver::ReceiptKind;

void DisclosureBook::take(deliver::Receipt receipt) {
  AttemptKey attempt{receipt.consumer, receipt.event_id, receipt.attempt};
  if (receipt.kind == ReceiptKind::outcome) {
    const auto open = open_.find(attempt);
    // Without an attempt nothing left: an event that waited, and was overtaken by a newer one.
    if (open == open_.end()) return;
    disclosures_[open->second].outcome = std::move(receipt);
    open_.erase(open);
    return;
  }
  if (receipt.kind == ReceiptKind::intent) open_[std::move(attempt)] = disclosures_.size();
  disclosures_.push_back({.decision = std::move(receipt)});
}

std::vector<Disclosure> DisclosureBook::since(std::int64_t since_ms) const {
  std::vector<Disclosure> found;
  std::copy_if(disclosures_.begin(), disclosures_.end(), std::back_inserter(found),
               [since_ms](const auto& each) { return each.decision.at_ms >= since_ms; });
  std::stable_sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
    return left.decision.at_ms < right.decision.at_ms;
  });
  return found;
}

}  // namespace wakestream::audit
