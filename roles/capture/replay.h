// One step of a replay from quarantine: kept rows through the rules that are in force, late events
// into the batch.
//
// A late event has the id that it would have had at its time, so whoever counts ids counts it once;
// the header `ce_late`; and a `ce_sequence` behind everything that was written before it, so
// whoever keeps the newest by sequence sees it as what it is: a statement made now.
#pragma once

#include <cstdint>

#include "mapping/account_context.h"
#include "mapping/rule_set.h"
#include "roles/capture/command.h"
#include "roles/capture/event_recorder.h"
#include "roles/capture/replay_source.h"

namespace wakestream::capture {

// Only the rule that failed is asked. A row that fails again, whose rule or table is gone, or whose
// rule is not in force before the account context is filled, stays in quarantine. `context` is the
// account context as of now, since what is replayed is said now; null: there is none. `recorder`
// has been given the registry.
ReplayCounts replay(const ReplayStep& step, const mapping::RuleSet& rules, std::uint32_t epoch,
                    const LatePlace& place, const std::string& command_id,
                    mapping::ContextLookup* context, EventRecorder& recorder);

}  // namespace wakestream::capture
