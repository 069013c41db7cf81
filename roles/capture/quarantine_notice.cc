#include "roles/capture/quarantine_notice.h"

#include <string>
#include <utility>

namespace wakestream::capture {

namespace {
constexpr std::int64_t pause_ms = 10'000;
}

void QuarantineNotice::tell_when_due(EventRecorder& recorder, std::int64_t mono_ms,
                                     const Say& say) {
  if (recorder.quarantined().count == 0) return;
  if (told_ms_ && mono_ms - *told_ms_ < pause_ms) return;
  told_ms_ = mono_ms;
  tell(recorder, say);
}

void QuarantineNotice::tell(EventRecorder& recorder, const Say& say) {
  if (recorder.quarantined().count == 0 || !say) return;
  auto first = recorder.take_quarantined();
  say({action::Level::warning,
       "quarantined",
       "rows that could not become events go to the quarantine topic: " + first.reason,
       {{"count", std::to_string(first.count)},
        {"rule", std::move(first.rule)},
        {"table", std::move(first.table)},
        {"column", std::move(first.column)},
        {"lsn", std::move(first.lsn)}}});
}

}  // namespace wakestream::capture
