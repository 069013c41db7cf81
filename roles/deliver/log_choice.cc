#include "roles/deliver/log_choice.h"

namespace wakestream::deliver {

InRange in_range(const LogChoice& choice, const log::StoredRecord& event) {
  const auto& since = choice.since;
  const auto& until = choice.until;
  if (since.lsn || until.lsn) {
    const auto lsn = cdc::parse_lsn(log::header_of(event, "ce_lsn"));
    if (!lsn || (since.lsn && *lsn < *since.lsn)) return InRange::before;
    if (until.lsn && *lsn > *until.lsn) return InRange::behind;
  }
  if (since.ms != 0 && event.timestamp_ms < since.ms) return InRange::before;
  if (until.ms != 0 && event.timestamp_ms > until.ms) return InRange::behind;
  return InRange::inside;
}

bool takes(const LogChoice& choice, const log::StoredRecord& event) {
  return (choice.account.empty() || choice.account == event.key) &&
         (choice.type.empty() || choice.type == log::header_of(event, "ce_type"));
}

}  // namespace wakestream::deliver
