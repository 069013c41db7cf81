// Tells an operator that rows went to quarantine, without their values.
//
// A broken rule may quarantine every row, so the first is told at once and what follows in sums,
// one every ten seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "roles/capture/action.h"
#include "roles/capture/event_recorder.h"

namespace wakestream::capture {

class QuarantineNotice {
 public:
  using Say = std::function<void(const action::Say&)>;

  void tell_when_due(EventRecorder& recorder, std::int64_t mono_ms, const Say& say);
  // Whatever is left to tell.
  void tell(EventRecorder& recorder, const Say& say);

 private:
  std::optional<std::int64_t> told_ms_;
};

}  // namespace wakestream::capture
